import { readFileSync } from 'node:fs';

/**
 * How many connections a listener may hold: what was asked for, but at most a quarter of the files this process may open, so that
 * a flood on one port leaves the other ports and the store theirs.
 */
export function connectionCap(wanted: number): number {
  const limit = openFileLimit();
  return limit === null ? wanted : Math.max(16, Math.min(wanted, Math.floor(limit / 4)));
}

/** The soft limit of /proc/self/limits; null where there is none, or no /proc. */
function openFileLimit(): number | null {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}
