/** One thing wrong in the shipped code: texts that are replaced, each of which stands there exactly once. */
export interface Mutant {
  readonly wrong: string;
  /** In `packages/`. */
  readonly file: string;
  readonly edits: readonly (readonly [text: string, instead: string])[];
}

const rounds = 'analyzer/src/rounds/';
const streams = 'analyzer/src/streams/';
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
    wrong: 'a lease begins under the token that was held before',
    file: `${rounds}lease.ts`,
    edits: [['if (first === null || first.token !== spent) return first;', 'if (first === null || first.token > 0) return first;']],
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
  {
    wrong: 'states are kept before the findings are recorded',
    file: `${rounds}judge-shard.ts`,
    edits: [
      ['    if (memory.states) await saveStates(job, memory.states, fence);\n', ''],
      ['    await recordFindings(changed, memory, fence);\n', '    if (memory.states) await saveStates(job, memory.states, fence);\n    await recordFindings(changed, memory, fence);\n'],
    ],
  },
  {
    wrong: 'states of a round that failed are kept',
    file: `${rounds}judge-shard.ts`,
    edits: [
      ['      memories.delete(job.shard);\n      if (!isSky', '      failed.set(job.shard, memories.get(job.shard)?.states ?? null);\n      memories.delete(job.shard);\n      if (!isSky'],
      ['await options.states.load(job.shard) : null;', 'failed.get(job.shard) ?? (await options.states.load(job.shard)) : null;'],
      ['  const turns = createTurns();', '  const failed = new Map<number, ShardStates | null>();\n  const turns = createTurns();'],
    ],
  },
  {
    wrong: 'a snapshot lacks what waits for its slot',
    file: `${streams}snapshot.ts`,
    edits: [['(pending.has(metric) ?', '(pending.has(metric) && Number.isNaN(slotTime) ?']],
  },
  {
    wrong: 'a snapshot is taken as of its slot for every metric, silent ones too',
    file: `${streams}snapshot.ts`,
    edits: [['row.last = header.last[i] ?? -Infinity;', 'row.last = header.slotTime;']],
  },
  {
    wrong: 'what the log no longer has is not read from the store',
    file: `${streams}judge-streams.ts`,
    edits: [['if (news.missed) for (const row of states.rows.values()) row.behind = true;', '']],
  },
  {
    wrong: 'states that were lost are not made anew from history',
    file: `${streams}catch-up.ts`,
    edits: [['if (!enough() || known.length === 0) await', 'if (states.savedAt > -Infinity) await']],
  },
  {
    wrong: 'what was flagged while a metric caught up is not told',
    file: `${streams}catch-up.ts`,
    edits: [['  if (flagged.length > 0) slot.alive.set(metric, { row, flagged });\n', '']],
  },
  {
    wrong: 'what is stamped later than the slot is stepped at once',
    file: `${streams}stream-slot.ts`,
    edits: [['const until = countBelow(timestamps, now, true);', 'const until = countBelow(timestamps, now + 60, true);']],
  },
];
