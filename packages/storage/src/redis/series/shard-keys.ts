import type { RedisConnection } from '../connection/redis-connection.js';

/** The keys of one shard; all in one slot. */
export interface ShardKeys {
  readonly head: string;
  readonly names: string;
  /** Ids of removed metrics whose blocks are still to be taken out. */
  readonly removed: string;
  /** Before the era and a segment's number. */
  readonly logPrefix: string;
  /** A hash: chunk to blocks. */
  blocks(era: string, hour: number): string;
  extents(era: string): string;
  /** Where what was damaged is put. */
  aside(what: string): string;
}

export function shardKeys(connection: RedisConnection, shard: number): ShardKeys {
  const key = (...parts: (string | number)[]): string => connection.key(shard, ...parts);
  return {
    head: key('H'),
    names: key('N'),
    removed: key('R'),
    logPrefix: key('L', ''),
    blocks: (era, hour) => key('B', era, hour),
    extents: (era) => key('E', era),
    aside: (what) => key('X', what),
  };
}

export const segmentKey = (keys: ShardKeys, era: string, segment: number): string => `${keys.logPrefix}${era}:${segment}`;

const segmentsPerMinute = 1024;
export const minuteOfSegment = (segment: number): number => Math.floor(segment / segmentsPerMinute);
/** The first and the last number that segments of a minute of arrival have. */
export const firstSegmentOf = (minute: number): number => minute * segmentsPerMinute;
export const lastSegmentOf = (minute: number): number => (minute + 1) * segmentsPerMinute - 1;
