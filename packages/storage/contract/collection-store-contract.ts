import type { Collection, CollectionStore } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { backendsOf, type MakeBackend } from './backend-under-test.js';

function collectionOf(change: Partial<Collection> = {}): Collection {
  return {
    id: 'c-1', title: 'Outage', metrics: ['web.errors'], from: 100, until: 200,
    series: [{ metric: 'web.errors', timestamps: Float64Array.of(100, 110.5, 120), values: Float64Array.of(1, -0, 1e300) }],
    notes: '# What *happened*', comments: [{ by: 'kim', at: 150, text: 'the Deploy' }], updated: 300, ...change,
  };
}

/** `CollectionStore`, sentence by sentence. */
export function collectionStoreContract(makeStore: MakeBackend): void {
  const make = backendsOf(makeStore);
  const fresh = async (): Promise<CollectionStore> => (await make()).backend.collections;

  describe('CollectionStore', () => {
    it('keeps an investigation whole, its copy of the data exactly', async () => {
      const collections = await fresh();
      expect(await collections.get('c-1')).toBeNull();
      expect(await collections.put(collectionOf(), 0)).toBe(1);
      const kept = await collections.get('c-1');
      expect(kept).toEqual({ version: 1, collection: collectionOf() });
      expect(Object.is(kept!.collection.series[0]!.values[1], -0)).toBe(true);
    });

    it('replaces under the version that it has, and no other', async () => {
      const collections = await fresh();
      await expect(collections.put(collectionOf(), 1)).rejects.toMatchObject({ code: 'version-conflict' });
      await collections.put(collectionOf(), 0);
      await expect(collections.put(collectionOf({ title: 'Mine' }), 0)).rejects.toMatchObject({ code: 'version-conflict' });
      expect(await collections.put(collectionOf({ title: 'Ours', series: [], comments: [] }), 1)).toBe(2);
      expect(await collections.get('c-1')).toEqual({ version: 2, collection: collectionOf({ title: 'Ours', series: [], comments: [] }) });
    });

    it('lists the newest first, in pages', async () => {
      const collections = await fresh();
      for (const [id, updated] of [['a', 1], ['b', 3], ['c', 2], ['d', 3]] as const) await collections.put(collectionOf({ id, updated }), 0);
      const page = await collections.list({ limit: 2, offset: 1 });
      expect(page.total).toBe(4);
      expect(page.collections.map(({ id }) => id)).toEqual(['d', 'c']);
    });

    it('finds text in titles, notes, comments and metric names, whatever its case', async () => {
      const collections = await fresh();
      await collections.put(collectionOf({ id: 'title', title: 'Über Nacht', notes: '', comments: [], metrics: [] }), 0);
      await collections.put(collectionOf({ id: 'rest', title: '' }), 0);
      const found = async (text: string): Promise<string[]> => (await collections.list({ text, limit: 10, offset: 0 })).collections.map(({ id }) => id);
      expect(await found('über')).toEqual(['title']);
      expect(await found('HAPPENED')).toEqual(['rest']);
      expect(await found('deploy')).toEqual(['rest']);
      expect(await found('WEB.err')).toEqual(['rest']);
      expect(await found('nowhere')).toEqual([]);
    });

    it('deletes, and says whether there was one', async () => {
      const collections = await fresh();
      await collections.put(collectionOf(), 0);
      expect(await collections.delete('c-1')).toBe(true);
      expect(await collections.delete('c-1')).toBe(false);
      expect(await collections.get('c-1')).toBeNull();
      expect(await collections.put(collectionOf(), 0)).toBe(1);
    });

    it('keeps them over a restart', async () => {
      const { backend, reopen } = await make();
      await backend.collections.put(collectionOf(), 0);
      expect(await (await reopen()).collections.get('c-1')).toEqual({ version: 1, collection: collectionOf() });
    });
  });
}
