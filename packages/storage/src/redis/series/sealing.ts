import type { Logger } from '@skylark/core';
import type { ExtentsCaches } from './extents.js';
import type { NameCaches } from './names.js';
import type { LogReading } from './read-log.js';
import { beginSealScript, writeBlocksScript } from './scripts.js';

/** What moving and forgetting in a shard needs. */
export interface Sealing extends LogReading {
  readonly names: NameCaches;
  readonly extents: ExtentsCaches;
  readonly logger: Logger;
  /** null: for ever. */
  readonly retentionSeconds: number | null;
  /** Seconds. */
  readonly now: number;
  /** Hours before this one are expired. */
  readonly firstKeptHour: number;
}

/** Blocks of an hour live a little longer than the retention, so that maintenance forgets them in order; without any maintenance they go by themselves. */
const slackSeconds = 2 * 3600;

/** Seconds that an hour's blocks have left; 0: for ever. */
export function blocksTtl({ retentionSeconds, now }: Sealing, hour: number): number {
  return retentionSeconds === null ? 0 : Math.max(slackSeconds, Math.ceil((hour + 1) * 3600 + retentionSeconds + slackSeconds - now));
}

/**
 * Takes the shard for writing blocks: what an earlier caller, perhaps one that was thought dead, still means to write is refused from now on.
 *
 * @param upToSegment closed against further appends, if it or a later one is being written
 * @returns the epoch; 0: there is no such shard
 */
export async function beginSealing({ connection, keys }: Sealing, shard: number, upToSegment: number): Promise<number> {
  return Number(await connection.script(beginSealScript, [keys[shard]!.head], [upToSegment], { evenWhenFull: true }));
}

export interface ChunkWrite {
  readonly chunk: number;
  /** Empty: the chunk goes. */
  readonly bytes: Uint8Array;
}

/** False: another sealing has begun since. */
export async function writeBlocks(sealing: Sealing, place: { shard: number; era: string; hour: number; epoch: number }, chunks: readonly ChunkWrite[]): Promise<boolean> {
  const keys = sealing.keys[place.shard]!;
  const args = chunks.flatMap(({ chunk, bytes }) => [String(chunk), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]);
  const done = await sealing.connection.script(writeBlocksScript, [keys.head, keys.blocks(place.era, place.hour)], [place.epoch, blocksTtl(sealing, place.hour), ...args], { evenWhenFull: true });
  return done === 1;
}
