import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger, type Backend } from '@skylark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allNames, append, keepingLogger, movableClock, pairs } from '../../contract/backend-under-test.js';
import { folderStats, openEmbedded, verifyFolder } from './index.js';
import { kinds } from './keys.js';
import { writeFormat } from './store-format.js';

const fixture = fileURLToPath(new URL('../../fixtures/format-1', import.meta.url));
const base = 470_000 * 3600;

describe('the format of a store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'skylark-format-'));
    cpSync(fixture, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const open = (logger = silentLogger): Promise<Backend> => openEmbedded({ folder, retentionSeconds: null, clock: movableClock(), logger });
  const bytesOf = (): Map<string, string> => new Map(readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));

  it('of the first version is read whole by this one, and written on', async () => {
    const backend = await open();
    expect(backend.series.shards).toBe(2);
    expect(await allNames(backend.series)).toEqual(['even', 'logged', 'odd ü;k=v']);
    const [even, logged, odd, removed] = await pairs(backend.series, ['even', 'logged', 'odd ü;k=v', 'removed']);
    expect(even).toEqual(Array.from({ length: 91 }, (_, i) => [base + i * 60, i === 0 ? 99 : i === 90 ? 7 : i / 4]));
    expect(logged).toEqual([[base + 1.5, 1.5], [base + 3, 3]]);
    expect(odd).toEqual([[base + 0.25, -0], [base + 7.125, Math.PI]]);
    expect(removed).toEqual([]);
    expect(await backend.anomalies.get('a-1')).toMatchObject({ score: 66.7, note: 'seen', by: 'kim', votes: { grubbs: true } });
    expect((await backend.anomalies.follow('', 10, 0)).events.map(({ type }) => type)).toEqual(['opened', 'annotated']);
    expect((await backend.index.get(['a-1']))[0]).toMatchObject({ fingerprint: 's inc', values: Float64Array.of(1, 2), vector: new Float32Array(32).fill(0.5) });
    expect(await backend.collections.get('c-1')).toMatchObject({ version: 1, collection: { title: 'T' } });
    expect(await backend.queue.counts('q')).toEqual({ waiting: 1, active: 0, failed: 0 });
    expect(await backend.state.get('k')).toEqual({ key: 'k', version: 1, value: { v: 1 } });
    expect(await backend.state.acquire('l', 'you', 10, 109)).toBeNull();
    await append(backend.series, [['even', base, 100]]);
    await backend.close();
    const again = await open();
    expect((await pairs(again.series, ['even']))[0]![0]).toEqual([base, 100]);
    await again.close();
  });

  it('that is newer is refused, and nothing is written', async () => {
    writeFormat(folder, { format: 2, shards: 2 });
    const before = bytesOf();
    await expect(open()).rejects.toMatchObject({ code: 'store-newer', message: expect.stringContaining(`${folder} has format 2, this version reads up to 1`) as string });
    await expect(verifyFolder(folder)).rejects.toMatchObject({ code: 'store-newer' });
    expect(bytesOf()).toEqual(before);
  });

  it('is told of by verifyFolder and folderStats, which write nothing', async () => {
    const before = bytesOf();
    expect(await verifyFolder(folder)).toMatchObject({ ok: true, format: 1, shards: 2, damagedRecords: 0, setAside: 0 });
    expect(await folderStats(folder)).toMatchObject({ shards: 2, metrics: 3, sealedDatapoints: 92, loggedDatapoints: 4, anomalies: 1 });
    expect(bytesOf()).toEqual(before);
  });

  it('is not asked of a folder in use, or of one that holds no store', async () => {
    const backend = await open();
    await expect(verifyFolder(folder)).rejects.toMatchObject({ code: 'store-in-use' });
    await expect(folderStats(folder)).rejects.toMatchObject({ code: 'store-in-use' });
    await backend.close();
    await expect(verifyFolder(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('says what is damaged: the record, and that it was set aside by the next start', async () => {
    const path = join(folder, 'data.mdb');
    const bytes = readFileSync(path);
    // Wherever the name's record lies or lay, but not its copy.
    for (let at = bytes.indexOf('odd ü;k=v'); at > 0; at = bytes.indexOf('odd ü;k=v', at + 1)) if (bytes[at - 7] === kinds.name) bytes[at + 1]! ^= 4;
    writeFileSync(path, bytes);
    expect(await verifyFolder(folder)).toMatchObject({ ok: false, damagedRecords: 1, problems: [] });
    const logger = keepingLogger();
    const backend = await open(logger);
    // A name is kept twice.
    expect(await allNames(backend.series)).toEqual(['even', 'logged', 'odd ü;k=v']);
    expect((await backend.health())[0]).toMatchObject({ name: 'store', ok: false });
    expect(backend.samples().find(({ name }) => name === 'skylark_store_damaged_records_total')).toMatchObject({ value: 1 });
    expect(logger.lines.map(({ event }) => event)).toContain('store.damaged-record');
    await backend.state.set('later', 1, 0);
    await backend.close();
    expect(await verifyFolder(folder)).toMatchObject({ ok: true, damagedRecords: 0, setAside: 1 });
  });
});
