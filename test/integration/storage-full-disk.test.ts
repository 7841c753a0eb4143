import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyFolder } from '@skylark/storage/embedded';
import { afterEach, describe, expect, it } from 'vitest';
import { whyNoStrace } from './disk-trace.js';
import { batchesIn, folders, missing, openStore, startWriter, type Writer } from './storage-fixture.js';

const mount = (...options: string[]): boolean => spawnSync('mount', options, { stdio: 'ignore' }).status === 0;

/** Null when a small file system can be mounted; else why not. */
function whyNoMount(): string | null {
  if (process.getuid?.() !== 0) return 'mounting a small tmpfs needs root';
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' }).status === 0 ? null : 'a tmpfs cannot be mounted here';
}

const noMount = whyNoMount();
const noStrace = whyNoStrace();

async function expectAllAcked(folder: string, acked: number): Promise<void> {
  expect(await verifyFolder(folder)).toMatchObject({ ok: true });
  const { backend } = await openStore(folder);
  const { whole, partial, invented } = await batchesIn(backend);
  await backend.close();
  expect({ missing: missing(whole, acked), partial, invented }).toEqual({ missing: [], partial: [], invented: 0 });
}

const unexpected = (writer: Writer): string[] => writer.lines.filter((line) => line.startsWith('unhandled'));

describe.skipIf(noMount !== null)(`a full disk${noMount === null ? '' : ` (skipped: ${noMount})`}`, () => {
  const freshFolder = folders();
  const mounted: string[] = [];
  afterEach(() => {
    for (const folder of mounted.splice(0)) spawnSync('umount', ['--lazy', folder]);
  });

  it('makes the store read-only, says so, and when there is room again writing goes on by itself; nothing acknowledged is lost', { timeout: 120_000 }, async () => {
    const disk = freshFolder();
    expect(mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk)).toBe(true);
    mounted.push(disk);
    const folder = join(disk, 'data');
    mkdirSync(folder);
    const writer = startWriter(folder, { metrics: 2000, sealEvery: 20 });
    await writer.until((lines) => lines.includes('failed store-full'), 60_000);
    const acked = writer.acked();
    expect(acked).toBeGreaterThan(5);
    const { checks, read } = await writer.health();
    expect(read).toBeGreaterThanOrEqual(acked + 1);
    expect(checks.find(({ name }) => name === 'store')).toMatchObject({ ok: false, reason: expect.stringContaining('full') as string });
    await sleep(1500);
    expect(writer.lines.filter((line) => line.startsWith('failed') && line !== 'failed store-full')).toEqual([]);
    expect(mount('-o', 'remount,size=40m', disk)).toBe(true);
    const before = writer.acked();
    await writer.until(() => writer.acked() > before + 5, 20_000);
    expect((await writer.health()).checks.every(({ ok }) => ok)).toBe(true);
    process.kill(writer.pid(), 'SIGTERM');
    expect(await writer.ended).toBe(0);
    expect(unexpected(writer)).toEqual([]);
    const { backend } = await openStore(folder);
    const { whole, partial, invented } = await batchesIn(backend, 2000);
    await backend.close();
    expect({ missing: missing(whole, writer.acked()), partial, invented }).toEqual({ missing: [], partial: [], invented: 0 });
    expect(await verifyFolder(folder)).toMatchObject({ ok: true });
  });
});

describe.skipIf(noStrace !== null)(`a disk that reports errors${noStrace === null ? '' : ` (skipped: ${noStrace})`}`, () => {
  const freshFolder = folders();
  const withFaults = (folder: string, ...faults: string[]): Writer =>
    startWriter(folder, { pauseMs: 5 }, ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync,pwrite64,writev', ...faults.flatMap((fault) => ['-e', `inject=${fault}`])]);

  it.each([
    ['a sync that fails once', 'fdatasync:error=EIO:when=60'],
    ['syncs that fail from then on', 'fdatasync:error=EIO:when=60+'],
    ['a write that fails once', 'writev:error=EIO:when=40'],
  ])('ends acknowledging: %s is not tried again, until a restart has read what is there', { timeout: 60_000 }, async (_, fault) => {
    const folder = freshFolder();
    const writer = withFaults(folder, fault);
    await writer.until((lines) => lines.includes('failed store-failed'), 40_000);
    const acked = writer.acked();
    await sleep(1500);
    expect(writer.acked()).toBe(acked);
    const { checks, read, otherThread } = await writer.health();
    expect(otherThread).toBe('store-failed');
    expect(read).toBeGreaterThanOrEqual(acked);
    expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['store', 'durability']);
    expect(unexpected(writer)).toEqual([]);
    process.kill(writer.pid(), 'SIGKILL');
    await writer.ended;
    await expectAllAcked(folder, acked);
    const next = startWriter(folder, { from: acked + 2, until: acked + 5 });
    expect(await next.ended).toBe(0);
  });

  it('goes on by itself after writes that found no room', { timeout: 60_000 }, async () => {
    const folder = freshFolder();
    const writer = withFaults(folder, 'writev:error=ENOSPC:when=40..42');
    await writer.until((lines) => lines.includes('failed store-full'), 40_000);
    const before = writer.acked();
    await writer.until(() => writer.acked() > before + 3, 20_000);
    process.kill(writer.pid(), 'SIGTERM');
    await writer.ended;
    expect(unexpected(writer)).toEqual([]);
    await expectAllAcked(folder, writer.acked());
  });
});
