import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process did to one file and said on stdout, in order, as strace saw it. */
export type DiskEvent =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer; readonly synced: boolean }
  | { readonly kind: 'sync' }
  | { readonly kind: 'say'; readonly line: string };

/** Null when strace works here; else why not. */
export function whyNoStrace(): string | null {
  const tried = spawnSync('strace', ['-f', '-e', 'trace=exit_group', 'true'], { stdio: 'ignore' });
  if (tried.error) return 'strace is not installed: apt-get install strace';
  return tried.status === 0 ? null : 'strace may not trace processes here';
}

/** The command line that records a process for `readTrace`, on a disk whose syncs take so long. */
export const straceCommand = (output: string, syncMs: number): string[] => [
  'strace', '-f', '-y', '-xx', '-s', '10000000', '-e', 'trace=openat,pwrite64,pwritev,write,writev,lseek,fdatasync,fsync',
  '-e', `inject=fdatasync:delay_enter=${syncMs * 1000}`, '-o', output,
];

/** Reads a recording: what was done to the file of that name, and the lines written to stdout. */
export function readTrace(path: string, fileName: string): DiskEvent[] {
  const unfinished = new Map<string, string>();
  const positions = new Map<string, number>();
  const syncedAtOnce = new Set<string>();
  const events: DiskEvent[] = [];
  for (const raw of readFileSync(path, 'latin1').split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(raw) ?? [];
    const call = joinHalves(thread, rest, unfinished);
    if (call !== null) events.push(...eventsOf(call, { fileName, positions, syncedAtOnce }));
  }
  return events;
}

/** A call that took long is printed in two halves, others in between: it counts when it is done. */
function joinHalves(thread: string, text: string, unfinished: Map<string, string>): string | null {
  if (text.endsWith('<unfinished ...>')) {
    unfinished.set(thread, text.slice(0, -'<unfinished ...>'.length));
    return null;
  }
  const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
  return resumed ? (unfinished.get(thread) ?? '') + resumed[1] : text;
}

interface Context {
  readonly fileName: string;
  /** By descriptor: where the next plain write goes. */
  readonly positions: Map<string, number>;
  /** Descriptors whose writes are on disk when they return (O_DSYNC). */
  readonly syncedAtOnce: Set<string>;
}

function eventsOf(call: string, { fileName, positions, syncedAtOnce }: Context): DiskEvent[] {
  const opened = /^openat\(.*?, "(.*?)", ([A-Z_|]+).* = (\d+)</.exec(call);
  if (opened) {
    if (/O_D?SYNC/.test(opened[2]!)) syncedAtOnce.add(opened[3]!);
    else syncedAtOnce.delete(opened[3]!);
    return [];
  }
  const [, name, descriptor, file = ''] = /^(\w+)\((\d+)<(.*?)>/.exec(call) ?? [];
  if (name === undefined || descriptor === undefined) return [];
  if (descriptor === '1' && name === 'write') return decoded(call).toString().split('\n').filter(Boolean).map((line) => ({ kind: 'say' as const, line }));
  if (!hex(file).toString().endsWith(fileName)) return [];
  const result = Number(/ = (\d+)(?: \(.*\))?$/.exec(call)?.[1] ?? NaN);
  if (!(result >= 0)) return [];
  const synced = syncedAtOnce.has(descriptor);
  switch (name) {
    case 'fdatasync':
    case 'fsync':
      return [{ kind: 'sync' }];
    case 'lseek':
      positions.set(descriptor, result);
      return [];
    case 'pwrite64':
    case 'pwritev':
      return [{ kind: 'write', at: Number(/, (\d+) *\) += /.exec(call)![1]), bytes: decoded(call).subarray(0, result), synced }];
    default: {
      const at = positions.get(descriptor) ?? 0;
      positions.set(descriptor, at + result);
      return [{ kind: 'write', at, bytes: decoded(call).subarray(0, result), synced }];
    }
  }
}

const decoded = (call: string): Buffer => Buffer.concat([...call.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text]) => hex(text!)));
const hex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');

const sectorBytes = 512;

/**
 * The file as a loss of power before event `cut` may leave it: what was synced is there; of what was not, every sector is there or not,
 * by chance, in any order. A sector is written whole or not at all.
 */
export function afterPowerLoss(events: readonly DiskEvent[], cut: number, random: () => number): Buffer {
  const before = events.slice(0, cut);
  const lastSync = before.findLastIndex(({ kind }) => kind === 'sync');
  let file = Buffer.alloc(0);
  const put = (at: number, bytes: Buffer): void => {
    if (at + bytes.length > file.length) file = Buffer.concat([file, Buffer.alloc(at + bytes.length - file.length)]);
    bytes.copy(file, at);
  };
  const fate = random();
  before.forEach((event, i) => {
    if (event.kind !== 'write') return;
    if (event.synced || i < lastSync) return put(event.at, event.bytes);
    // Sometimes all is lost, sometimes nothing, mostly some.
    for (let from = 0; from < event.bytes.length; ) {
      const until = Math.min(event.bytes.length, from + sectorBytes - ((event.at + from) % sectorBytes));
      if (fate > 0.8 || (fate > 0.2 && random() < 0.5)) put(event.at + from, event.bytes.subarray(from, until));
      from = until;
    }
  });
  return file;
}
