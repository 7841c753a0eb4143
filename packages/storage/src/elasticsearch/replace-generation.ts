import { SkylarkError, type AnomalyIndex, type PutFailure, type ShapeDocument } from '@skylark/core';
import { bulkItems } from './bulk-items.js';
import type { BulkWriter } from './bulk-writer.js';
import type { DeadLetters } from './dead-letters.js';
import { anomalies, monthOf } from './index-names.js';
import type { AnomalyIndexParts } from './index-parts.js';
import type { IndexState } from './index-topology.js';
import { numberAt } from './replies.js';

/** Bulks under way while the next documents are made. */
const inFlight = 3;
/** Documents of one bulk, gathered over batches. */
const documentsAtOnce = 1000;

type Replace = AnomalyIndex['replace'];

/**
 * Blue/green: the new generation is built in indices that only the builder sees, then one change of aliases shows it and drops the old one. A build that
 * fails leaves the old generation as it was; what a killed build left behind is cleared by the next.
 */
export function createReplacement(parts: AnomalyIndexParts & { write: BulkWriter; deadLetters: DeadLetters }): Replace {
  const { topology, clock, random } = parts;
  return async (generation, batches) => {
    await topology.drop((await topology.list()).filter((state) => state.generation === generation && state.building).map(({ index }) => index));
    const stamp = `r${Math.floor(clock.now()).toString(36)}${Math.floor(random() * 46_656).toString(36).padStart(3, '0')}`;
    const build = createBuild(parts, generation, stamp);
    try {
      for await (const batch of gathered(batches)) await build.add(batch);
      const { documents, failures } = await build.end();
      await topology.swap(generation, build.indices());
      return { documents, failures };
    } catch (error) {
      await build.abandon();
      throw error;
    }
  };
}

interface Build {
  /** Resolves when there is room for more. */
  add(documents: readonly ShapeDocument[]): Promise<void>;
  end(): Promise<{ documents: number; failures: PutFailure[] }>;
  abandon(): Promise<void>;
  indices(): IndexState[];
}

function createBuild({ connection, names, topology, write, deadLetters }: AnomalyIndexParts & { write: BulkWriter; deadLetters: DeadLetters }, generation: string, stamp: string): Build {
  const byMonth = new Map<string | null, Promise<IndexState>>();
  const made: IndexState[] = [];
  const failures: PutFailure[] = [];
  const running = new Set<Promise<void>>();
  let failed: { error: unknown } | null = null;
  let version = 0;

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
    const { items, failures: refused } = bulkItems(documents, { vectors: await topology.vectors(), aliasOf: (document) => months.get(partOf(document))!, versions: () => (version += 1) });
    refused.push(...await write(items, { tries: 8, patient: true }));
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
      await topology.drop(made.map(({ index }) => index)).catch(() => undefined);
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
