import { describe, expect, it } from 'vitest';
import { append, backendsOf, type MakeBackend } from './backend-under-test.js';
import { findingOf } from './anomaly-log-contract.js';

/** `Backend`, sentence by sentence. */
export function backendContract(makeStore: MakeBackend): void {
  const make = backendsOf(makeStore);

  describe('Backend', () => {
    it('is healthy when nothing is wrong, in the words of /readyz', async () => {
      const { backend } = await make();
      const checks = await backend.health();
      expect(checks.map(({ name }) => name)).toEqual(['store', 'durability', 'index', 'queue']);
      expect(checks.every(({ ok }) => ok)).toBe(true);
    });

    it('counts its metrics and the bytes they take', async () => {
      const { backend } = await make();
      expect((await backend.stats()).metrics).toBe(0);
      await append(backend.series, [['a', 1.7e9, 1], ['b', 1.7e9, 1], ['a', 1.7e9 + 1, 1]]);
      const stats = await backend.stats();
      expect(stats.metrics).toBe(2);
      expect(stats.bytes).toBeGreaterThan(0);
    });

    it('gives samples that name what they count', async () => {
      const { backend } = await make();
      for (const { name, help, value } of backend.samples()) {
        expect(name).toMatch(/^skylark_[a-z_]+$/);
        expect(help).not.toBe('');
        expect(Number.isFinite(value)).toBe(true);
      }
    });

    it('finishes what was begun when it is closed', async () => {
      const { backend, reopen } = await make();
      const written = Array.from({ length: 20 }, (_, i) => append(backend.series, [['a', 1.7e9 + i, i]]));
      const recorded = backend.anomalies.record([findingOf()]);
      await Promise.all([...written, recorded, reopen()]).catch(() => undefined);
      const settled = await Promise.allSettled(written);
      const { backend: again } = { backend: await reopen() };
      const [read] = await again.series.read(['a'], { from: 0, until: 2 ** 32 });
      settled.forEach(({ status }, i) => {
        if (status === 'fulfilled') expect([...read!.timestamps]).toContain(1.7e9 + i);
      });
    });

    it('refuses every call after its end with store-closed, and may be closed twice', async () => {
      const { backend } = await make();
      const batch = { handles: await backend.series.handles(['a']), timestamps: Float64Array.of(1.7e9), values: Float64Array.of(1), length: 1 };
      await Promise.all([backend.close(), backend.close()]);
      await backend.close();
      const calls: Record<string, () => Promise<unknown>> = {
        append: () => backend.series.append(batch),
        read: () => backend.series.read(['a'], { from: 0, until: 1 }),
        list: () => backend.series.list(0),
        spans: () => backend.series.spans(['a']),
        remove: () => backend.series.remove(['a']),
        follow: () => backend.series.follow(0, null, 1),
        maintain: () => backend.series.maintain(0, 1.7e9),
        record: () => backend.anomalies.record([findingOf()]),
        query: () => backend.anomalies.query({ limit: 1 }),
        followLog: () => backend.anomalies.follow('', 1, 0),
        candidates: () => backend.index.candidates({ by: 'all' }, { limit: 1 }),
        collections: () => backend.collections.list({ limit: 1, offset: 0 }),
        add: () => backend.queue.add('q', [{ id: 'a', data: 1 }]),
        counts: () => backend.queue.counts('q'),
        get: () => backend.state.get('k'),
        set: () => backend.state.set('k', 1, 0),
        readSnapshot: () => backend.snapshots.read('k'),
        writeSnapshot: () => backend.snapshots.write('k', Uint8Array.of(1)),
        acquire: () => backend.state.acquire('l', 'h', 1, 0),
      };
      for (const [name, call] of Object.entries(calls)) await expect(call(), name).rejects.toMatchObject({ code: 'store-closed' });
      expect((await backend.health()).some(({ ok }) => !ok)).toBe(true);
    });
  });
}
