import { SkylarkError, type AnomalyIndex, type PutFailure, type ShapeDocument } from '@skylark/core';
import { bulkItems } from './bulk-items.js';
import type { BulkWriter } from './bulk-writer.js';
import type { DeadLetters } from './dead-letters.js';
import { anomalies, monthOf } from './index-names.js';
import type { AnomalyIndexParts } from './index-parts.js';
import type { IndexState } from './index-topology.js';
import { numberAt } from './replies.js';
import { versionAt } from './versions.js';

/** Bulks under way while the next documents are made. */
const inFlight = 3;
/** Documents of one bulk, gathered over batches. */
const documentsAtOnce = 1000;

/** Nobody waits for a build but the builder. */
const buildTimeoutMs = 60_000;

type Replace = AnomalyIndex['replace'];

/**
 * Blue/green: the new generation is built in indices that only the builder sees, then one change of aliases shows it and drops the old one. A build that
 * fails leaves the old generation as it was; what a killed build left behind is cleared by the next.
 */
export function createReplacement(parts: AnomalyIndexParts & { write: BulkWriter; deadLetters: DeadLetters }): Replace {
  const { topology, clock, random } = parts;
  return async (generation, batches) => {
    const before = (await topology.list()).filter((state) => state.generation === generation);
    await topology.discard(before.filter(({ building }) => building));
    const stamp = freshStamp(before, clock.now(), random);
    const build = createBuild(parts, generation, stamp);
    try {
      for await (const batch of gathered(batches)) await build.add(batch);
      const { documents, failures } = await build.end();
      const known = new Set([...before, ...build.indices()].map(({ index }) => index));
      const later = (await topology.list()).find((state) => state.generation === generation && !known.has(state.index) && isLater(state.stamp, stamp));
      if (later) throw new SkylarkError('index-away', `${generation} was begun anew meanwhile, as ${later.index}`);
      await topology.swap(generation, build.indices());
      return { documents, failures };
    } catch (error) {
      await build.abandon();
      throw error;
    }
  };
}

/** Begins with the time, for whoever looks at the server; never one that is there, whatever clock and chance say. */
function freshStamp(before: readonly IndexState[], now: number, random: () => number): string {
  const taken = new Set(before.map(({ stamp }) => stamp));
  const base = `r${Math.floor(now * 1000).toString(36)}${Math.floor(random() * 46_656).toString(36).padStart(3, '0')}`;
  for (let n = 0; ; n += 1) if (!taken.has(base + (n || ''))) return base + (n || '');
}

/** Whether a build was begun after another, by the clocks of those who began them. Indices that puts made have a stamp of another kind. */
const isLater = (stamp: string, other: string): boolean => stamp.startsWith('r') && (stamp.length === other.length ? stamp > other : stamp.length > other.length);

interface Build {
  /** Resolves when there is room for more. */
  add(documents: readonly ShapeDocument[]): Promise<void>;
  end(): Promise<{ documents: number; failures: PutFailure[] }>;
  abandon(): Promise<void>;
  indices(): IndexState[];
}

function createBuild({ connection, names, topology, capabilities, clock, write, deadLetters }: AnomalyIndexParts & { write: BulkWriter; deadLetters: DeadLetters }, generation: string, stamp: string): Build {
  const byMonth = new Map<string | null, Promise<IndexState>>();
  const made: IndexState[] = [];
  const failures: PutFailure[] = [];
  const running = new Set<Promise<void>>();
  let failed: { error: unknown } | null = null;
  // Of a document that comes twice the later one stays. A bulk takes longer than a millisecond, so this is never ahead of the clock.
  let version = versionAt(clock.now());

  const partOf = ({ start }: ShapeDocument): string | null => (generation === anomalies && Number.isFinite(start) ? monthOf(start) : null);
  const indexFor = (month: string | null): Promise<IndexState> => {
    const known = byMonth.get(month);
    if (known) return known;
    const making = topology.build(generation, generation === anomalies ? month : null, stamp).then((state) => {
      made.push(state);
      return state;
    });
    byMonth.set(month, making);
    return making;
  };

  const put = async (documents: readonly ShapeDocument[]): Promise<void> => {
    const months = new Map<string | null, string>();
    for (const month of new Set(documents.map(partOf))) months.set(month, names.building((await indexFor(month)).index));
    const { items, failures: refused } = bulkItems(documents, { vectors: (await capabilities.find()).vectors, aliasOf: (document) => months.get(partOf(document))!, version: (version += 1) });
    refused.push(...(await write(items, { tries: 8, patient: true, timeoutMs: buildTimeoutMs })).failures);
    await deadLetters(refused, documents);
    failures.push(...refused);
  };

  const settled = async (): Promise<void> => {
    while (running.size > 0) await Promise.race(running);
    if (failed) throw failed.error;
  };

  return {
    async add(documents) {
      while (running.size >= inFlight) await Promise.race(running);
      if (failed) throw failed.error;
      const one: Promise<void> = put(documents).catch((error: unknown) => void (failed ??= { error })).finally(() => running.delete(one));
      running.add(one);
    },
    async end() {
      await settled();
      let documents = 0;
      for (const { index } of made) {
        await connection.request({ method: 'POST', path: `/${index}/_refresh`, timeoutMs: 60_000 });
        const count = numberAt((await connection.request({ method: 'GET', path: `/${index}/_count` })).body, 'count');
        if (count === null) throw new SkylarkError('index-away', `garbage: no count of ${index}`);
        documents += count;
      }
      return { documents, failures };
    },
    async abandon() {
      await settled().catch(() => undefined);
      // Best effort: what stays is cleared by the next build.
      await topology.discard(made).catch(() => undefined);
    },
    indices: () => made,
  };
}

/** Batches joined to bulks of a useful size. */
async function* gathered(batches: AsyncIterable<readonly ShapeDocument[]>): AsyncGenerator<ShapeDocument[]> {
  let some: ShapeDocument[] = [];
  for await (const batch of batches) {
    for (const document of batch) {
      some.push(document);
      if (some.length < documentsAtOnce) continue;
      yield some;
      some = [];
    }
  }
  if (some.length > 0) yield some;
}
