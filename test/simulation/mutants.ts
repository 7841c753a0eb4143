/** One thing wrong in the shipped code: texts that are replaced, each of which stands there exactly once. */
export interface Mutant {
  readonly wrong: string;
  /** No seed of 300 tells it from the shipped code today: a gap of the simulation, listed in its README. */
  readonly survives?: true;
  /** In `packages/`. */
  readonly file: string;
  readonly edits: readonly (readonly [text: string, instead: string])[];
}

const rounds = 'analyzer/src/rounds/';
const importer = 'importer/src/';

export const mutants: readonly Mutant[] = [
  {
    wrong: 'findings are recorded without the fence',
    file: `${rounds}judge-shard.ts`,
    edits: [['log.record(worth, fence)', 'log.record(worth)']],
  },
  {
    wrong: 'the round record is written without fence and version',
    file: `${rounds}round-record.ts`,
    edits: [[', expected, fence)).version', ', null)).version']],
  },
  {
    wrong: 'the round record is written before the findings',
    file: `${rounds}judge-shard.ts`,
    edits: [
      ['    await recordFindings(changed, memory, fence);\n', ''],
      ['    memories.set(job.shard, { ...memory, version: newVersion });\n', '    await recordFindings(changed, memory, fence);\n    memories.set(job.shard, { ...memory, version: newVersion });\n'],
    ],
  },
  {
    wrong: 'a slot that was judged already is judged again',
    file: `${rounds}judge-shard.ts`,
    edits: [['record.slot >= job.slot', 'record.slot > job.slot + 1000']],
  },
  {
    wrong: 'what is remembered of a shard is taken for true, whoever judged it meanwhile',
    file: `${rounds}judge-shard.ts`,
    edits: [['known?.version === version ? known', 'known ? known'], ['if (token > known.token + 1) return void memories.delete(shard);', '']],
  },
  {
    wrong: 'what is remembered of a shard outlives somebody else\'s lease',
    survives: true,
    file: `${rounds}judge-shard.ts`,
    edits: [['if (token > known.token + 1) return void memories.delete(shard);', '']],
  },
  {
    wrong: 'what is remembered of a shard outlives a failed round',
    file: `${rounds}judge-shard.ts`,
    edits: [['      memories.delete(job.shard);\n      if (!isSky', '      if (!isSky'], ['if (token > known.token + 1) return void memories.delete(shard);', '']],
  },
  {
    wrong: 'two slots of a shard are judged at once in one process',
    survives: true,
    file: `${rounds}judge-shard.ts`,
    edits: [['turns(job.shard, () => judgeUnderLease(job, signal))', 'judgeUnderLease(job, signal)']],
  },
  {
    wrong: 'when an anomaly was last flagged is not handed over',
    file: `${rounds}judge-shard.ts`,
    edits: [['flagged: flaggedSince(memory)', 'flagged: {}']],
  },
  {
    wrong: 'slots that gave way to newer ones are not counted',
    file: `${rounds}judge-shard.ts`,
    edits: [['+ missed.coalesced', '+ 0']],
  },
  {
    wrong: 'slots that nobody scheduled are not counted',
    file: `${rounds}scheduled.ts`,
    edits: [['skipped: slot - first - coalesced', 'skipped: 0']],
  },
  {
    wrong: 'the last round is written whatever is there',
    file: `${rounds}round-record.ts`,
    edits: [['.slot > summary.slot) return;', '.slot > summary.slot + 1000) return;'], ['{ ...summary }, before?.version ?? 0)', '{ ...summary }, null)']],
  },
  {
    wrong: 'a job has another id each time',
    file: `${rounds}slots.ts`,
    edits: [['id: `${shard}-${slot}`', 'id: `${shard}-${slot}-${crypto.randomUUID()}`']],
  },
  {
    wrong: 'after a pause every missed slot is scheduled',
    file: `${rounds}scheduler.ts`,
    edits: [['.map((shard) => slotJob({ shard, slot })));', '.flatMap((shard) => Array.from({ length: slot - (scheduled?.slot ?? slot - 1) }, (_, i) => slotJob({ shard, slot: slot - i }))));']],
  },
  {
    wrong: 'a job of a version to come is dropped',
    file: 'analyzer/src/create-analyzer.ts',
    edits: [['else await queue.add(parkedQueue, [job]);', '']],
  },
  {
    wrong: 'a store that is away is a strike against the series that were to be read',
    file: `${rounds}read-slices.ts`,
    edits: [['if (isTheStores(error)) throw error;', '']],
  },
  {
    wrong: 'the cursor is confirmed before the index has the documents',
    file: `${importer}importer.ts`,
    edits: [['    await page.confirm(fence);\n', ''], ['    if (page.missed) await', '    await page.confirm(fence);\n    if (page.missed) await']],
  },
  {
    wrong: 'the cursor is confirmed without the fence',
    file: `${importer}outbox.ts`,
    edits: [['cursor, null, fence)', 'cursor, null)']],
  },
  {
    wrong: 'documents are put without saying as of when',
    survives: true,
    file: `${importer}indexer.ts`,
    edits: [['await index.put(documents, asOf)', 'await index.put(documents)']],
  },
  {
    wrong: 'of several events of an anomaly the first counts',
    file: `${importer}outbox-changes.ts`,
    edits: [["if (event.type !== 'annotated') last.set", "if (event.type !== 'annotated' && !last.has(event.anomaly.id)) last.set"]],
  },
  {
    wrong: 'events that were missed are ignored',
    file: `${importer}importer.ts`,
    edits: [['if (page.missed) await', 'if (page.missed && Number.isNaN(asOf)) await']],
  },
  {
    wrong: 'an index that is away is a reason to give a document up',
    file: `${importer}indexer.ts`,
    edits: [['if (mayPass(error)) throw error;', '']],
  },
];
