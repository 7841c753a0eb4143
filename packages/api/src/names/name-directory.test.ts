import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, silentLogger } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../oracle/api-under-test.js';
import { asksForInternal, createNameDirectory, type NameDirectory } from './name-directory.js';

describe('createNameDirectory', () => {
  let folder: string;
  let backend: Backend;
  let directory: NameDirectory;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'skylark-names-'));
    backend = await openEmbedded({ folder, retentionSeconds: null, clock: systemClock, logger: silentLogger, shards: 8 });
    directory = createNameDirectory({ series: backend.series, clock: systemClock });
  });
  afterEach(async () => {
    await backend.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function write(metrics: readonly string[]): Promise<void> {
    const handles = await backend.series.handles(metrics);
    await backend.series.append({ handles, timestamps: new Float64Array(metrics.length).fill(1000), values: new Float64Array(metrics.length), length: metrics.length });
  }
  const some = (count: number): string[] => Array.from({ length: count }, (_, i) => `metric.${i}`);

  it('holds all names sorted, our own only when asked', async () => {
    await write([...some(500), 'skylark.canary', 'skylark', 'skylarkish.a', 'zebra', 'aa']);
    const expected = [...some(500), 'skylark', 'skylarkish.a', 'zebra', 'aa'].sort();
    expect(await directory.names({ internal: false })).toEqual(expected);
    expect(await directory.names({ internal: true })).toEqual([...expected, 'skylark.canary'].sort());
  });

  it('keeps its arrays while nothing changes, and follows every change', async () => {
    await write(some(50));
    const before = await directory.names({ internal: false });
    expect(await directory.names({ internal: false })).toBe(before);
    await write(['new']);
    expect(await directory.has('new')).toBe(true);
    expect(await directory.names({ internal: false })).toHaveLength(51);
    await backend.series.remove(['new', 'metric.7']);
    expect(await directory.has('new')).toBe(false);
    expect(await directory.names({ internal: false })).toEqual(some(50).filter((name) => name !== 'metric.7').sort());
  });

  it('shows to each of many who ask at once all that was written before they asked', async () => {
    const asked = Array.from({ length: 40 }, async (_, i) => {
      await write([`at.once.${i}`]);
      expect(await directory.has(`at.once.${i}`)).toBe(true);
    });
    await Promise.all(asked);
  });

  it('fails while the store does, and not for ever', async () => {
    let away = true;
    const series = { ...backend.series, shards: backend.series.shards, list: (shard: number, known?: number) => (away ? Promise.reject(new Error('away')) : backend.series.list(shard, known)) };
    const flaky = createNameDirectory({ series, clock: systemClock });
    await write(['a']);
    await expect(Promise.all([flaky.has('a'), flaky.has('a')])).rejects.toThrow('away');
    away = false;
    expect(await flaky.has('a')).toBe(true);
  });

  it.each([['skylark', true], ['skylark.canary', true], ['=skylark.canary', true], ['/^skylark/', true], ['web', false], ['*.skylark', false], ['', false]])('%j asks for our own: %s', (query, asked) => {
    expect(asksForInternal(query)).toBe(asked);
  });
});
