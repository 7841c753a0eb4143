import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SkylarkError, type Clock } from '@skylark/core';

/** A folder taken by this process, until `release`. */
export interface FolderLock {
  /** How often in a row the folder was taken without having been given back: its owners died. */
  readonly unfinished: number;
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** The kernel's start time of the process: a pid is used again, a pair is not. '' where the system does not say. */
  readonly started: string;
  /** Pid namespace; pids of another one say nothing here. */
  readonly space: string;
  readonly unfinished: number;
}

const fileName = 'owner.lock';
/** The lock is touched at this pace, for those who cannot see the holder's pid (another container on the same volume). */
const touchMs = 1000;
const silentMs = 3500;

/**
 * Takes a folder for this process. Refuses with `store-in-use`, naming pid and folder, while a living process has it (this one included). The lock of
 * a dead process is taken over; nobody ever has to delete it.
 */
export async function lockFolder(folder: string, clock: Clock): Promise<FolderLock> {
  const path = join(folder, fileName);
  const before = readHolder(path);
  if (before && (await isAlive(path, before, clock))) throw inUse(folder, before.pid);
  const own: Holder = { pid: process.pid, started: startOf(process.pid), space: pidSpace(), unfinished: before ? before.unfinished + 1 : 0 };
  take(folder, path, { own, before });
  const touching = setInterval(() => touch(path), touchMs).unref();
  return {
    unfinished: own.unfinished,
    release() {
      clearInterval(touching);
      const now = readHolder(path);
      if (now && same(now, own)) rmSync(path, { force: true });
    },
  };
}

/** For a worker thread: the folder must be this process's already. */
export function checkOwned(folder: string): void {
  const holder = readHolder(join(folder, fileName));
  if (holder?.pid !== process.pid) throw new SkylarkError('store-in-use', `a thread opens ${folder}, which ${holder ? `process ${holder.pid} has` : 'its process has not opened'}`);
}

/** The process that has the folder, or null. */
export function ownerOf(folder: string): number | null {
  const holder = readHolder(join(folder, fileName));
  return holder && (holder.space !== pidSpace() || runs(holder)) ? holder.pid : null;
}

function take(folder: string, path: string, { own, before }: { own: Holder; before: Holder | null }): void {
  const mine = `${path}.${process.pid}`;
  if (before) moveAway(path, before);
  writeFileSync(mine, JSON.stringify(own));
  try {
    // A link is made by one process alone, whoever else tries.
    linkSync(mine, path);
  } catch (error) {
    throw inUse(folder, readHolder(path)?.pid ?? 0, error);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Moves a dead holder's lock away; if meanwhile somebody living took its place, puts that one back. */
function moveAway(path: string, dead: Holder): void {
  const aside = `${path}.dead-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved && !same(moved, dead)) {
    try {
      linkSync(aside, path);
    } catch {
      // Taken again already: all the better.
    }
  }
  rmSync(aside, { force: true });
}

async function isAlive(path: string, holder: Holder, clock: Clock): Promise<boolean> {
  if (holder.space === pidSpace()) return runs(holder);
  const touched = modified(path);
  await clock.sleep(silentMs);
  return modified(path) !== touched;
}

function runs({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === '' || startOf(pid) === started;
}

/** Field 22 of /proc/PID/stat, after the name in brackets. A zombie runs no more. */
function startOf(pid: number): string {
  try {
    const [state = '', ...rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return state === 'Z' || state === 'X' ? 'ended' : (rest[18] ?? '');
  } catch {
    return '';
  }
}

function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** null: no lock, or an unreadable one, which nobody living can have left (it appears whole, by a link). */
function readHolder(path: string): Holder | null {
  try {
    const { pid, started, space, unfinished } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    if (typeof pid !== 'number') return unreadable;
    return { pid, started: String(started), space: String(space), unfinished: typeof unfinished === 'number' ? unfinished : 0 };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : unreadable;
  }
}

/** Stands for a lock whose text is damaged: no process has pid -1. */
const unreadable: Holder = { pid: 2 ** 31 - 1, started: 'never', space: pidSpace(), unfinished: 1 };
const same = (a: Holder, b: Holder): boolean => a.pid === b.pid && a.started === b.started && a.space === b.space;

function modified(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function touch(path: string): void {
  try {
    const { mtimeMs } = statSync(path);
    utimesSync(path, mtimeMs / 1000 + 1, mtimeMs / 1000 + 1);
  } catch {
    // Gone: whoever looks sees that.
  }
}

function inUse(folder: string, pid: number, cause?: unknown): SkylarkError {
  return new SkylarkError('store-in-use', `${folder} is used by process ${pid}`, { cause });
}
