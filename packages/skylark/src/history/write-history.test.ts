import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, silentLogger } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../../../test/clock.js';
import { writeHistory } from './write-history.js';

const now = 1_764_000_000;
const folder = mkdtempSync(join(tmpdir(), 'skylark-history-'));
let backend: Backend;
beforeAll(async () => {
  backend = await openEmbedded({ folder, retentionSeconds: null, clock: manualClock(now), logger: silentLogger, shards: 2 });
});
afterAll(async () => {
  await backend.close();
  rmSync(folder, { recursive: true });
});

const write = (metric: string, timestamps: readonly number[], options: { retentionSeconds?: number | null; leaveOutOld?: boolean; value?: number } = {}): Promise<number> =>
  writeHistory(
    { series: backend.series, retentionSeconds: options.retentionSeconds ?? null, maxNameBytes: 20, now, leaveOutOld: options.leaveOutOld ?? false },
    { metric, timestamps: Float64Array.from(timestamps), values: Float64Array.from(timestamps, () => options.value ?? 1) },
  );
const stored = async (metric: string): Promise<number[]> => Array.from((await backend.series.read([metric], { from: 0, until: 2 ** 32 }))[0]?.timestamps ?? []);

describe('writeHistory', () => {
  it('takes years at once, in more than one batch', async () => {
    const timestamps = Array.from({ length: 45_001 }, (_, i) => 1_400_000_000 + 300 * i);
    expect(await write('years', timestamps)).toBe(45_001);
    expect(await stored('years')).toEqual(timestamps);
  });

  it('refuses all of what begins before the retention, and says how old it is', async () => {
    const refused = write('old', [now - 20 * 86_400, now - 60], { retentionSeconds: 14 * 86_400 });
    await expect(refused).rejects.toMatchObject({ code: 'too-old-for-retention' });
    await expect(refused).rejects.toThrow(/old begins 20\.0 days ago; .* 14\.0 days/);
    expect(await stored('old')).toEqual([]);
  });

  it('leaves out just that when asked to', async () => {
    expect(await write('partly', [now - 101, now - 100, now - 99], { retentionSeconds: 100, leaveOutOld: true })).toBe(2);
    expect(await stored('partly')).toEqual([now - 100, now - 99]);
    expect(await write('ancient', [1, 2], { retentionSeconds: 100, leaveOutOld: true })).toBe(0);
  });

  it('does nothing for no datapoints', async () => expect(await write('none', [])).toBe(0));

  it.each<[string, string, readonly number[], number]>([
    ['an empty name', '', [now], 1],
    ['a name too long', 'x'.repeat(21), [now], 1],
    ['a name of too many bytes', '温'.repeat(7), [now], 1],
    ['a control character', 'a\u0007', [now], 1],
    ['one of C1', 'a\u009b', [now], 1],
    ['half a character', 'a\ud83e', [now], 1],
    ['a value that is not finite', 'a', [now], Infinity],
    ['a time before the epoch', 'a', [-5, now], 1],
    ['milliseconds', 'a', [now * 1000], 1],
  ])('refuses %s', async (_, metric, timestamps, value) => {
    await expect(write(metric, timestamps, { value })).rejects.toMatchObject({ code: 'bad-request' });
  });
});
