import { mkdtempSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { openEmbedded } from '@skylark/storage/embedded';
import { silentLogger } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { movableClock } from '../../packages/storage/contract/backend-under-test.js';
import { folders, openStore, startWriter } from './storage-fixture.js';

describe('the folder of an embedded store', () => {
  const freshFolder = folders();
  const openThread = (folder: string): Promise<unknown> => openEmbedded({ folder, retentionSeconds: null, clock: movableClock(), logger: silentLogger, role: 'thread' });

  it('is one process\'s: a second one is refused, with the pid and the folder, and exits', { timeout: 30_000 }, async () => {
    const folder = freshFolder();
    const writer = startWriter(folder, { pauseMs: 5 });
    await writer.until((lines) => lines.includes('ready'));
    await expect(openStore(folder)).rejects.toMatchObject({ code: 'store-in-use', message: expect.stringMatching(new RegExp(`${folder}.*${writer.pid()}`)) as string });
    const second = startWriter(folder);
    expect(await second.ended).toBe(3);
    expect(second.lines[0]).toBe(`refused store-in-use Another process uses this data folder: ${folder} is used by process ${writer.pid()}`);
    await expect(openThread(folder)).rejects.toMatchObject({ code: 'store-in-use' });
    const before = writer.acked();
    await writer.until(() => writer.acked() > before + 3);
    process.kill(writer.pid(), 'SIGTERM');
    expect(await writer.ended).toBe(0);
    await (await openStore(folder)).backend.close();
  });

  it('is given to one of several that start at once', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 3; round += 1) {
      const folder = freshFolder();
      if (round > 0) writeFileSync(join(folder, 'owner.lock'), round === 1 ? '{"pid":1,"started":"never","space":"x' : JSON.stringify({ pid: process.pid, started: '1', space: readSpace(), unfinished: 0 }));
      const writers = Array.from({ length: 4 }, () => startWriter(folder, { until: 400, pauseMs: 10 }));
      await Promise.all(writers.map((writer) => writer.until((lines) => lines.some((line) => /^(ready|refused)/.test(line)))));
      expect(writers.filter(({ lines }) => lines.includes('ready'))).toHaveLength(1);
      for (const { lines } of writers) if (!lines.includes('ready')) expect(lines[0]).toContain('store-in-use');
      for (const writer of writers) if (writer.lines.includes('ready')) process.kill(writer.pid(), 'SIGKILL');
      await Promise.all(writers.map(({ ended }) => ended));
    }
  });

  it.each(['{"pid":1', '', 'null', '{"pid":"x"}', '{"pid":99999999,"started":"1","space":"","unfinished":0}'])('never needs a hand: a lock that nobody living holds is taken over (%s)', { timeout: 20_000 }, async (text) => {
    const folder = freshFolder();
    await (await openStore(folder)).backend.close();
    writeFileSync(join(folder, 'owner.lock'), text);
    const { backend } = await openStore(folder);
    expect(JSON.parse(readFileSync(join(folder, 'owner.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    await backend.close();
  });

  it('is held by a process once, and belongs to its threads as long as it has it', async () => {
    const folder = freshFolder();
    await expect(openThread(folder)).rejects.toMatchObject({ code: 'store-in-use' });
    const { backend } = await openStore(folder);
    await expect(openStore(folder)).rejects.toMatchObject({ code: 'store-in-use' });
    await backend.close();
    await (await openStore(folder)).backend.close();
  });

  it('is shared by threads that append, seal, read and remove at once', { timeout: 120_000 }, () => {
    const script = fileURLToPath(new URL('storage-threads.mjs', import.meta.url));
    const { stdout, stderr, status } = spawnSync(process.execPath, [script, mkdtempSync(join(tmpdir(), 'skylark-threads-'))], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ lost: 0, wrong: 0, names: 4 * 50 + 1, unhealthy: 0, ok: true });
  });

  it('keeps its size while records are written over and over and other clients sit idle after a read', { timeout: 60_000 }, async () => {
    const folder = freshFolder();
    const { backend } = await openStore(folder);
    const idle = await openEmbedded({ folder, retentionSeconds: null, clock: movableClock(), logger: silentLogger, role: 'thread' });
    await backend.state.set('k', 'x'.repeat(20_000), null);
    await idle.state.get('k');
    await idle.series.list(0);
    for (let i = 0; i < 50; i += 1) await backend.state.set('k', 'x'.repeat(20_000), null);
    const { bytes } = await backend.stats();
    for (let i = 0; i < 500; i += 1) await backend.state.set('k', 'x'.repeat(20_000), null);
    expect((await backend.stats()).bytes).toBeLessThan(bytes + 500_000);
    await idle.close();
    await backend.close();
  });
});

function readSpace(): string {
  return readlinkSync('/proc/self/ns/pid');
}
