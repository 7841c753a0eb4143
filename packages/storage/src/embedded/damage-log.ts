import type { Logger } from '@skylark/core';
import { kinds, type Kind } from './keys.js';

/** A record that failed its checksum, as it was found. */
export interface DamagedRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Counts what was found damaged since the store was opened, and keeps it until it is set aside. */
export interface DamageLog {
  readonly found: (key: Uint8Array, value: Uint8Array) => void;
  readonly foundPages: (problems: number) => void;
  /** By another thread of the folder, which sets it aside. */
  readonly foundElsewhere: (kind: string) => void;
  /** Found and not yet set aside; empties the list. */
  readonly take: () => DamagedRecord[];
  /** What was found damaged, by kind of record; `page` for pages. */
  readonly counts: () => ReadonlyMap<string, number>;
}

const kindNames = new Map<number, string>(Object.entries(kinds).map(([name, kind]: [string, Kind]) => [kind, name]));
/** Found again and again until they are set aside: remembered by key, so that each counts once. */
const rememberAtMost = 10_000;

/** `onFound` is called for each new one: its setting aside may be started then, but not be done in the middle of a read. */
export function createDamageLog(logger: Logger, onFound: (kind: string) => void): DamageLog {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  let waiting: DamagedRecord[] = [];
  return {
    found(key, value) {
      const text = Buffer.from(key).toString('hex');
      if (seen.has(text) || seen.size >= rememberAtMost) return;
      seen.add(text);
      const kind = kindNames.get(key[0] ?? 0) ?? 'unknown';
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      waiting.push({ key, value });
      logger.error('store.damaged-record', { kind, key: text, bytes: value.length });
      onFound(kind);
    },
    foundElsewhere: (kind) => void counts.set(kind, (counts.get(kind) ?? 0) + 1),
    foundPages(problems) {
      if (problems > 0) counts.set('page', (counts.get('page') ?? 0) + problems);
    },
    take() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    counts: () => counts,
  };
}
