import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, type Backend } from '@skylark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepingLogger, movableClock } from '../../contract/backend-under-test.js';
import { openEmbedded, verifyFolder } from './index.js';

const marked = (): Uint8Array => Buffer.alloc(700_000, 'skylark-snapshot ');

describe('a snapshot on the tree', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'skylark-snapshots-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const open = (logger = silentLogger): Promise<Backend> => openEmbedded({ folder, retentionSeconds: null, clock: movableClock(), logger, shards: 2 });

  it('that is damaged reads as null, is counted and removed, and leaves the store sound', async () => {
    const backend = await open();
    await backend.snapshots.write('detector/1', marked());
    await backend.snapshots.write('detector/2', Buffer.alloc(300_000, 'other '));
    await backend.close();
    const path = join(folder, 'data.mdb');
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('skylark-snapshot skylark-snapshot') + 5]! ^= 1;
    writeFileSync(path, bytes);
    expect(await verifyFolder(folder)).toMatchObject({ ok: false, damagedRecords: 1 });
    const logger = keepingLogger();
    const again = await open(logger);
    expect(await again.snapshots.read('detector/1')).toBeNull();
    expect(Buffer.from((await again.snapshots.read('detector/2'))!).toString('latin1', 0, 6)).toBe('other ');
    expect(again.samples().filter(({ name }) => name === 'skylark_store_damaged_records_total').map(({ labels, value }) => [labels['kind'], value])).toEqual([['snapshotPart', 1], ['snapshot', 1]]);
    expect(logger.lines).toContainEqual({ event: 'store.damaged-snapshot', fields: { key: 'detector/1' } });
    await again.snapshots.write('detector/1', marked());
    expect(Buffer.compare((await again.snapshots.read('detector/1'))!, marked())).toBe(0);
    await again.close();
    expect(await verifyFolder(folder)).toMatchObject({ ok: true, damagedRecords: 0, setAside: 1 });
  });

  it('written again and again takes no more room', async () => {
    const backend = await open();
    const sizes: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      await backend.snapshots.write('k', Buffer.alloc(2_000_000, i));
      sizes.push((await backend.stats()).bytes);
    }
    await backend.close();
    expect(sizes.at(-1)).toBeLessThan(3 * 2_000_000 + sizes[0]!);
  });
});
