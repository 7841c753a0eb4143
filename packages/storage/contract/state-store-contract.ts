import type { Json, StateStore } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backendsOf, type MakeBackend } from './backend-under-test.js';

/** `StateStore`, sentence by sentence. */
export function stateStoreContract(makeStore: MakeBackend): void {
  const make = backendsOf(makeStore);
  const fresh = async (): Promise<StateStore> => (await make()).backend.state;

  describe('StateStore', () => {
    it('keeps a record under its key, with a version that counts changes', async () => {
      const state = await fresh();
      expect(await state.get('a/b')).toBeNull();
      expect(await state.set('a/b', { x: 1 }, 0)).toEqual({ key: 'a/b', version: 1, value: { x: 1 } });
      expect(await state.set('a/b', [2], 1)).toEqual({ key: 'a/b', version: 2, value: [2] });
      expect(await state.set('a/b', null, null)).toEqual({ key: 'a/b', version: 3, value: null });
      expect(await state.get('a/b')).toEqual({ key: 'a/b', version: 3, value: null });
    });

    it('refuses another version than the expected one, and changes nothing', async () => {
      const state = await fresh();
      await expect(state.set('k', 1, 1)).rejects.toMatchObject({ code: 'version-conflict' });
      await state.set('k', 1, 0);
      await expect(state.set('k', 2, 0)).rejects.toMatchObject({ code: 'version-conflict' });
      await expect(state.set('k', 2, 7)).rejects.toMatchObject({ code: 'version-conflict' });
      expect(await state.get('k')).toEqual({ key: 'k', version: 1, value: 1 });
    });

    it('lets one of many win', async () => {
      const { backend, another } = await make();
      const clients = [backend.state, (await another()).state];
      const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => clients[i % 2]!.set('race', i, 0)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      expect(await clients[0]!.get('race')).toEqual({ key: 'race', version: 1, value: winner });
    });

    it('loses no increment of many that compare and set', async () => {
      const { backend, another } = await make();
      const increment = async (state: StateStore): Promise<void> => {
        for (;;) {
          const before = await state.get('count');
          try {
            await state.set('count', ((before?.value ?? 0) as number) + 1, before?.version ?? 0);
            return;
          } catch {
            // Somebody else was quicker.
          }
        }
      };
      const other = (await another()).state;
      await Promise.all(Array.from({ length: 30 }, (_, i) => increment(i % 2 ? backend.state : other)));
      expect(await backend.state.get('count')).toEqual({ key: 'count', version: 30, value: 30 });
    });

    it('deletes, and says whether there was one; the next one starts anew', async () => {
      const state = await fresh();
      expect(await state.delete('k')).toBe(false);
      await state.set('k', 1, 0);
      expect(await state.delete('k')).toBe(true);
      expect(await state.get('k')).toBeNull();
      expect((await state.set('k', 1, 0)).version).toBe(1);
    });

    it('lists what starts with a prefix, by key', async () => {
      const state = await fresh();
      for (const key of ['b/2', 'a/1', 'b/1', 'b', 'c/1', 'b/ü', 'b0']) await state.set(key, key, 0);
      expect((await state.list('b/')).map(({ key }) => key)).toEqual(['b/1', 'b/2', 'b/ü']);
      expect((await state.list('')).map(({ key }) => key)).toEqual(['a/1', 'b', 'b/1', 'b/2', 'b/ü', 'b0', 'c/1']);
      expect(await state.list('zz')).toEqual([]);
      expect(await state.list('a/')).toEqual([{ key: 'a/1', version: 1, value: 'a/1' }]);
    });

    it('keeps any JSON as it is, whatever its keys', async () => {
      const state = await fresh();
      await state.set('odd', JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Json, 0);
      expect(JSON.stringify((await state.get('odd'))!.value)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
      await fc.assert(fc.asyncProperty(fc.jsonValue(), async (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as Json;
        await state.set('any', plain, null);
        expect(JSON.stringify((await state.get('any'))!.value)).toBe(JSON.stringify(plain));
      }), { numRuns: 25 });
    });

    it('takes keys of 1 to 512 bytes and values of up to 1 MiB, and refuses others', async () => {
      const state = await fresh();
      await state.set('ü'.repeat(256), 1, 0);
      await state.set('large', 'x'.repeat(2 ** 20 - 2), 0);
      expect((await state.get('large'))!.value).toHaveLength(2 ** 20 - 2);
      await expect(state.set('', 1, 0)).rejects.toMatchObject({ code: 'bad-request' });
      await expect(state.set('ü'.repeat(257), 1, 0)).rejects.toMatchObject({ code: 'bad-request' });
      await expect(state.set('larger', 'x'.repeat(2 ** 20 - 1), 0)).rejects.toMatchObject({ code: 'bad-request' });
    });

    it('gives a lease to one holder at a time', async () => {
      const { backend, another } = await make();
      const [state, other] = [backend.state, (await another()).state];
      const fence = await state.acquire('scan/1', 'me', 10, 1000);
      expect(fence).toMatchObject({ lease: 'scan/1' });
      expect(await other.acquire('scan/1', 'you', 10, 1009)).toBeNull();
      expect(await state.acquire('scan/1', 'me', 10, 1005)).toEqual(fence);
      expect(await other.acquire('scan/1', 'you', 10, 1014.9)).toBeNull();
      const taken = await other.acquire('scan/1', 'you', 10, 1015);
      expect(taken!.token).toBeGreaterThan(fence!.token);
      expect(await state.acquire('scan/1', 'me', 10, 1016)).toBeNull();
    });

    it('gives a lease back early, but only under its own token', async () => {
      const state = await fresh();
      const mine = (await state.acquire('l', 'me', 100, 0))!;
      await state.release({ lease: 'l', token: mine.token + 1 });
      expect(await state.acquire('l', 'you', 100, 1)).toBeNull();
      await state.release(mine);
      const yours = (await state.acquire('l', 'you', 100, 1))!;
      expect(yours.token).toBeGreaterThan(mine.token);
      await state.release(mine);
      expect(await state.acquire('l', 'me', 100, 2)).toBeNull();
    });

    it('gives a lease that was given back under a higher token, to the same holder too', async () => {
      const state = await fresh();
      const mine = (await state.acquire('l', 'me', 100, 0))!;
      await state.release(mine);
      const again = (await state.acquire('l', 'me', 100, 1))!;
      expect(again.token).toBeGreaterThan(mine.token);
      await expect(state.set('k', 1, null, mine)).rejects.toMatchObject({ code: 'stale-lease' });
    });

    it('refuses the write of an overtaken holder', async () => {
      const state = await fresh();
      const old = (await state.acquire('l', 'me', 10, 0))!;
      await state.set('k', 1, 0, old);
      const young = (await state.acquire('l', 'you', 10, 20))!;
      await expect(state.set('k', 2, 1, old)).rejects.toMatchObject({ code: 'stale-lease' });
      expect((await state.get('k'))!.value).toBe(1);
      await state.set('k', 3, 1, young);
      expect((await state.get('k'))!.value).toBe(3);
    });

    it('gives one of many the lease', async () => {
      const { backend, another } = await make();
      const clients = [backend.state, (await another()).state];
      const fences = await Promise.all(Array.from({ length: 12 }, (_, i) => clients[i % 2]!.acquire('one', `holder-${i}`, 10, 100)));
      expect(fences.filter((fence) => fence !== null)).toHaveLength(1);
    });

    it('keeps records and tokens over a restart', async () => {
      const { backend, reopen } = await make();
      await backend.state.set('k', 'v', 0);
      const before = (await backend.state.acquire('l', 'me', 10, 0))!;
      const { state } = await reopen();
      expect(await state.get('k')).toEqual({ key: 'k', version: 1, value: 'v' });
      expect((await state.acquire('l', 'you', 10, 100))!.token).toBeGreaterThan(before.token);
    });
  });
}
