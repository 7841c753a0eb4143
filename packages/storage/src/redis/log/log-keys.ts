import type { RedisConnection } from '../connection/redis-connection.js';
import { stateTag } from '../state/state-keys.js';

/** Keys of the log, in the slot of the leases: a change, its event and the check of its lease are one script. */
export interface LogKeys {
  /** Hash: id -> the analyzer's part, packed. */
  readonly findings: string;
  /** Hash: id -> the people's part, packed; none: no remarks yet. */
  readonly remarks: string;
  /** Hash: id -> what queries look at, as JSON `[metric, state, start, end, score]`. */
  readonly heads: string;
  /** Sorted sets of ids, highest score first, ties by id: all, the open ones, the closed ones. */
  readonly scores: string;
  readonly open: string;
  readonly closed: string;
  /** Sorted set of ids: the closed ones by end. */
  readonly ends: string;
  /** Sorted by text: metric, NUL, id. */
  readonly metrics: string;
  /** Stream: `sequence-0` -> type, finding, remarks. */
  readonly events: string;
  /** The last event's sequence. */
  readonly sequence: string;
}

export function logKeys(connection: Pick<RedisConnection, 'key'>): LogKeys {
  const of = (name: string): string => connection.key(stateTag, 'log', name);
  return { findings: of('findings'), remarks: of('remarks'), heads: of('heads'), scores: of('scores'), open: of('open'), closed: of('closed'), ends: of('ends'), metrics: of('metrics'), events: of('events'), sequence: of('sequence') };
}
