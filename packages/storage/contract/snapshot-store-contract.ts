import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SnapshotStore } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { backendsOf, type MakeBackend } from './backend-under-test.js';

/** Bytes that tell where they belong. */
function bytesOf(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = seed; i < length; i += 1) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

const same = (a: Uint8Array | null, b: Uint8Array): boolean => a !== null && Buffer.compare(a, b) === 0;

/** `SnapshotStore`, sentence by sentence. */
export function snapshotStoreContract(makeStore: MakeBackend): void {
  const make = backendsOf(makeStore);
  const fresh = async (): Promise<SnapshotStore> => (await make()).backend.snapshots;

  describe('SnapshotStore', () => {
    it('keeps bytes under their key, and replaces them as a whole', async () => {
      const snapshots = await fresh();
      expect(await snapshots.read('detector/1')).toBeNull();
      await snapshots.write('detector/1', Uint8Array.of(0, 255, 10, 13));
      expect(await snapshots.read('detector/1')).toEqual(Uint8Array.of(0, 255, 10, 13));
      await snapshots.write('detector/1', bytesOf(900_000));
      expect(same(await snapshots.read('detector/1'), bytesOf(900_000))).toBe(true);
      await snapshots.write('detector/1', Uint8Array.of(7));
      expect(await snapshots.read('detector/1')).toEqual(Uint8Array.of(7));
      await snapshots.write('detector/1', new Uint8Array(0));
      expect(await snapshots.read('detector/1')).toEqual(new Uint8Array(0));
    });

    it('keeps keys apart, also where one starts as another does', async () => {
      const snapshots = await fresh();
      const keys = ['a', 'a/b', 'ab', 'a\u0000', '{a}', 'ü'];
      for (const [i, key] of keys.entries()) await snapshots.write(key, bytesOf(300_000 + i, i));
      await snapshots.delete('a');
      expect(await snapshots.read('a')).toBeNull();
      for (const [i, key] of keys.entries()) if (key !== 'a') expect(same(await snapshots.read(key), bytesOf(300_000 + i, i)), key).toBe(true);
    });

    it('takes what is written, not what the caller does with the bytes later; what is read is the caller\'s own', async () => {
      const snapshots = await fresh();
      const bytes = bytesOf(1000);
      const written = snapshots.write('k', bytes.subarray(100, 900));
      await written;
      bytes.fill(0);
      const read = (await snapshots.read('k'))!;
      expect(same(read, bytesOf(1000).subarray(100, 900))).toBe(true);
      read.fill(1);
      expect(same(await snapshots.read('k'), bytesOf(1000).subarray(100, 900))).toBe(true);
    });

    it('deletes, and says whether there was one', async () => {
      const snapshots = await fresh();
      expect(await snapshots.delete('k')).toBe(false);
      await snapshots.write('k', bytesOf(500_000));
      expect(await snapshots.delete('k')).toBe(true);
      expect(await snapshots.delete('k')).toBe(false);
      expect(await snapshots.read('k')).toBeNull();
    });

    it('takes 64 MiB, and refuses more, and keys that are none', async () => {
      const snapshots = await fresh();
      const large = bytesOf(64 * 2 ** 20);
      await snapshots.write('large', large);
      expect(same(await snapshots.read('large'), large)).toBe(true);
      await expect(snapshots.write('large', new Uint8Array(64 * 2 ** 20 + 1))).rejects.toMatchObject({ code: 'bad-request' });
      await expect(snapshots.write('', Uint8Array.of(1))).rejects.toMatchObject({ code: 'bad-request' });
      await expect(snapshots.read('ü'.repeat(257))).rejects.toMatchObject({ code: 'bad-request' });
      expect(same(await snapshots.read('large'), large)).toBe(true);
    });

    it('refuses the write of an overtaken holder', async () => {
      const { snapshots, state } = (await make()).backend;
      const old = (await state.acquire('shard/1', 'me', 10, 0))!;
      await snapshots.write('k', Uint8Array.of(1), old);
      const young = (await state.acquire('shard/1', 'you', 10, 20))!;
      await expect(snapshots.write('k', Uint8Array.of(2), old)).rejects.toMatchObject({ code: 'stale-lease' });
      expect(await snapshots.read('k')).toEqual(Uint8Array.of(1));
      await snapshots.write('k', Uint8Array.of(3), young);
      await expect(snapshots.write('k', Uint8Array.of(4), old)).rejects.toMatchObject({ code: 'stale-lease' });
      expect(await snapshots.read('k')).toEqual(Uint8Array.of(3));
    });

    it('never shows a mixture while others write', async () => {
      const { backend, another } = await make();
      const other = (await another()).snapshots;
      const versions = [bytesOf(700_000, 1), bytesOf(400_000, 2), bytesOf(1_100_000, 3)];
      await backend.snapshots.write('k', versions[0]!);
      const writing = Promise.all([backend.snapshots, other].map(async (snapshots, client) => {
        for (let i = 0; i < 12; i += 1) await snapshots.write('k', versions[(i + client) % 3]!);
      }));
      let done = false;
      writing.finally(() => (done = true)).catch(() => undefined);
      while (!done) {
        const seen = await other.read('k');
        expect(versions.some((version) => same(seen, version))).toBe(true);
        await nextTurn();
      }
      await writing;
    });

    it('keeps them over a restart', async () => {
      const { backend, reopen } = await make();
      await backend.snapshots.write('k', bytesOf(600_000));
      expect(same(await (await reopen()).snapshots.read('k'), bytesOf(600_000))).toBe(true);
    });
  });
}
