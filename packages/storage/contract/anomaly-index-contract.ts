import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AnomalyIndex, CandidateQuery, ShapeDocument, SkylarkError } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { backendsOf, type MakeBackend } from './backend-under-test.js';

export function documentOf(change: Partial<ShapeDocument> = {}): ShapeDocument {
  return {
    id: 'd-1', metric: 'm', kind: 'deviation', score: 60, start: 100, end: null, from: 50, until: 150,
    timestamps: Float64Array.of(50, 60, 70.25), values: Float64Array.of(1, 2, 0.1), fingerprint: 's inc inc s', vector: new Float32Array(32).fill(0.25), ...change,
  };
}

const vectorOf = (angle: number): Float32Array => Float32Array.from({ length: 32 }, (_, i) => (i === 0 ? Math.cos(angle) : i === 1 ? Math.sin(angle) : 0));

async function* batches(...some: ShapeDocument[][]): AsyncIterable<readonly ShapeDocument[]> {
  for (const batch of some) yield batch;
}

/** `AnomalyIndex`, sentence by sentence. A document may take a second to be found. */
export function anomalyIndexContract(makeStore: MakeBackend): void {
  const make = backendsOf(makeStore);
  const fresh = async (): Promise<AnomalyIndex> => (await make()).backend.index;
  const ids = async (index: AnomalyIndex, query: CandidateQuery, page: { limit?: number; after?: string; generation?: string } = {}): Promise<string[]> =>
    (await index.candidates(query, { limit: 100, ...page })).map(({ id }) => id);
  const soon = (check: () => Promise<void>): Promise<void> => expect.poll(async () => check().then(() => true), { timeout: 2000, interval: 50 }).toBe(true);

  describe('AnomalyIndex', () => {
    it('keeps documents whole, and one for each id', async () => {
      const index = await fresh();
      expect(await index.put([documentOf(), documentOf({ id: 'd-2', end: 120 })])).toEqual([]);
      expect(await index.put([documentOf({ score: 90 })])).toEqual([]);
      expect(await index.get(['d-2', 'nope', 'd-1'])).toEqual([documentOf({ id: 'd-2', end: 120 }), documentOf({ score: 90 })]);
      await soon(async () => expect(await index.count()).toBe(2));
      expect(await index.put([])).toEqual([]);
      expect(await index.get([])).toEqual([]);
    });

    it('keeps what was known later, in whatever order it arrives', async () => {
      const index = await fresh();
      const at = Date.now() / 1000;
      await index.put([documentOf({ score: 50 })], at - 60);
      await index.put([documentOf({ score: 70 })], at);
      expect(await index.put([documentOf({ score: 60 }), documentOf({ id: 'd-2' })], at - 30)).toEqual([]);
      expect((await index.get(['d-1', 'd-2'])).map(({ score }) => score)).toEqual([70, documentOf().score]);
      await index.put([documentOf({ score: 80 })], at);
      expect((await index.get(['d-1']))[0]).toMatchObject({ score: 80 });
    });

    it('names the documents that can never be kept, and keeps the others', async () => {
      const index = await fresh();
      const failures = await index.put([documentOf({ id: 'x'.repeat(600) }), documentOf({ id: '' }), documentOf({ id: 'good' })]);
      expect(failures.map(({ id }) => id)).toEqual(['x'.repeat(600), '']);
      expect(failures.every(({ reason }) => reason.length > 5)).toBe(true);
      await soon(async () => expect(await ids(index, { by: 'all' })).toEqual(['good']));
    });

    it('pages through all, and through those of a metric, by id', async () => {
      const index = await fresh();
      await index.put(Array.from({ length: 12 }, (_, i) => documentOf({ id: `d-${String(i).padStart(2, '0')}`, metric: i % 3 === 0 ? 'third' : 'other' })));
      await soon(async () => expect(await ids(index, { by: 'all' })).toHaveLength(12));
      const first = await ids(index, { by: 'all' }, { limit: 5 });
      const second = await ids(index, { by: 'all' }, { limit: 5, after: first.at(-1)! });
      const third = await ids(index, { by: 'all' }, { limit: 5, after: second.at(-1)! });
      expect([...first, ...second, ...third]).toEqual(Array.from({ length: 12 }, (_, i) => `d-${String(i).padStart(2, '0')}`));
      expect(await ids(index, { by: 'all' }, { after: 'd-11' })).toEqual([]);
      expect(await ids(index, { by: 'metric', metric: 'third' })).toEqual(['d-00', 'd-03', 'd-06', 'd-09']);
      expect(await ids(index, { by: 'metric', metric: 'third' }, { after: 'd-03', limit: 1 })).toEqual(['d-06']);
    });

    it('finds the nearest vectors first', async () => {
      const index = await fresh();
      await index.put([0.5, 0.1, 1.2, -0.3, 3].map((angle) => documentOf({ id: String(angle), vector: vectorOf(angle) })));
      await soon(async () => expect(await ids(index, { by: 'vector', vector: vectorOf(0) }, { limit: 3 })).toEqual(['0.1', '-0.3', '0.5']));
      expect(await ids(index, { by: 'vector', vector: vectorOf(1) }, { limit: 1 })).toEqual(['1.2']);
    });

    it('finds fingerprints that hold the phrase, within the slop, the tightest first', async () => {
      const index = await fresh();
      const prints = { exact: 'dec s inc inc', inside: 's s dec s inc inc dec', loose: 'dec s s s inc inc', apart: 'dec sinc sinc sinc sinc sinc sinc s inc inc', missing: 'dec s inc dec', backwards: 'inc inc s dec' };
      await index.put(Object.entries(prints).map(([id, fingerprint]) => documentOf({ id, fingerprint })));
      const phrase = (slop: number): Promise<string[]> => ids(index, { by: 'fingerprint', fingerprint: 'dec s inc inc', slop });
      await soon(async () => expect(await ids(index, { by: 'all' })).toHaveLength(Object.keys(prints).length));
      expect((await phrase(0)).sort()).toEqual(['exact', 'inside']);
      const loose = await phrase(2);
      expect(loose.slice(0, 2).sort()).toEqual(['exact', 'inside']);
      expect(loose.slice(2)).toEqual(['loose']);
      expect(await phrase(20)).toHaveLength(5);
      expect(await ids(index, { by: 'fingerprint', fingerprint: '', slop: 5 })).toEqual([]);
    });

    it('removes by id, by metric, and by the end of the window', async () => {
      const index = await fresh();
      await index.put([documentOf({ id: 'a' }), documentOf({ id: 'b', metric: 'n' }), documentOf({ id: 'c', until: 90 }), documentOf({ id: 'd' })]);
      await soon(async () => expect(await index.count()).toBe(4));
      expect(await index.remove({ ids: ['d', 'nope'] })).toBeGreaterThanOrEqual(1);
      expect(await index.remove({ metrics: ['n'] })).toBeGreaterThanOrEqual(1);
      expect(await index.remove({ untilBefore: 150 })).toBeGreaterThanOrEqual(1);
      await soon(async () => expect(await ids(index, { by: 'all' })).toEqual(['a']));
      expect(await index.remove({ untilBefore: 151 })).toBeGreaterThanOrEqual(1);
      await soon(async () => expect(await index.count()).toBe(0));
    });

    it('replaces a generation as a whole', async () => {
      const index = await fresh();
      await index.put([documentOf({ id: 'kept' })]);
      expect(await ids(index, { by: 'all' }, { generation: 'live' })).toEqual([]);
      expect(await index.replace('live', batches([documentOf({ id: 'a' }), documentOf({ id: 'b' })], [documentOf({ id: 'a', score: 1 })]))).toEqual({ documents: 2, failures: [] });
      await soon(async () => expect(await ids(index, { by: 'all' }, { generation: 'live' })).toEqual(['a', 'b']));
      await soon(async () => expect(await ids(index, { by: 'all' })).toEqual(['kept']));
      const { documents, failures } = await index.replace('live', batches([documentOf({ id: 'c' }), documentOf({ id: '' })]));
      expect({ documents, failed: failures.length }).toEqual({ documents: 1, failed: 1 });
      await soon(async () => expect(await ids(index, { by: 'all' }, { generation: 'live' })).toEqual(['c']));
      await index.replace('live', batches());
      await soon(async () => expect(await ids(index, { by: 'all' }, { generation: 'live' })).toEqual([]));
    });

    it('never shows a mixture of generations, and keeps the old one when the new one fails', async () => {
      const index = await fresh();
      const generation = (name: string): ShapeDocument[] => Array.from({ length: 30 }, (_, i) => documentOf({ id: `${name}-${i}`, metric: name }));
      await index.replace('live', batches(generation('old')));
      let done = false;
      const watching = (async () => {
        while (!done) {
          const seen = new Set((await index.candidates({ by: 'all' }, { limit: 100, generation: 'live' })).map(({ metric }) => metric));
          expect(seen.size).toBe(1);
          await nextTurn();
        }
      })();
      async function* broken(): AsyncIterable<ShapeDocument[]> {
        yield generation('broken');
        throw new Error('the source failed');
      }
      await expect(index.replace('live', broken())).rejects.toThrow('the source failed');
      await index.replace('live', batches(generation('new').slice(0, 15), generation('new').slice(15)));
      done = true;
      await watching;
      await soon(async () => expect(await ids(index, { by: 'metric', metric: 'new' }, { generation: 'live' })).toHaveLength(30));
    });

    it('keeps the generation that was begun later, however late an older one ends', async () => {
      const index = await fresh();
      let goOn = (): void => undefined;
      const stopped = new Promise<void>((resolve) => (goOn = resolve));
      let reached = (): void => undefined;
      const begun = new Promise<void>((resolve) => (reached = resolve));
      async function* slow(): AsyncIterable<ShapeDocument[]> {
        yield [documentOf({ id: 'older' })];
        reached();
        await stopped;
      }
      const older = index.replace('live', slow()).then(() => 'shown', (error: unknown) => (error as SkylarkError).code);
      await begun;
      await index.replace('live', batches([documentOf({ id: 'newer' })]));
      goOn();
      expect(await older).toBe('index-away');
      await soon(async () => expect(await ids(index, { by: 'all' }, { generation: 'live' })).toEqual(['newer']));
    });

    it('keeps documents over a restart', async () => {
      const { backend, reopen } = await make();
      await backend.index.put([documentOf()]);
      await backend.index.replace('live', batches([documentOf({ id: 'l' })]));
      const { index } = await reopen();
      expect(await index.get(['d-1'])).toEqual([documentOf()]);
      expect(await ids(index, { by: 'all' }, { generation: 'live' })).toEqual(['l']);
    });
  });
}
