import { repliesOf } from '../connection/redis-connection.js';
import { cutBefore, endHour, readExtents, writeExtents } from './extents.js';
import { visitRecords } from './log-segment.js';
import { forgetScript } from './scripts.js';
import { beginSealing, type Sealing } from './sealing.js';
import { readHead, unsealed } from './shard-head.js';
import { segmentKey } from './shard-keys.js';

const hoursPerPipeline = 500;
const idsPerScript = 5000;
/** How often something may be appended between a look at the log's end and the forgetting; the next maintenance tries again. */
const triesAtMost = 20;

/** Forgets the blocks of hours before `firstKeptHour`, then the metrics that have nothing left. */
export async function expireShard(sealing: Sealing, shard: number): Promise<void> {
  const { connection, keys, firstKeptHour } = sealing;
  const head = await readHead(connection, keys[shard]!.head);
  if (head === null) return;
  const extents = await readExtents(sealing, shard, head);
  const expired = extents.hours.filter((hour) => hour < firstKeptHour);
  for (let i = 0; i < expired.length; i += hoursPerPipeline) {
    const some = expired.slice(i, i + hoursPerPipeline).map((hour) => keys[shard]!.blocks(head.era, hour));
    await connection.write((pipeline) => pipeline.unlink(...some));
  }
  if (cutBefore(extents, firstKeptHour)) {
    const epoch = await beginSealing(sealing, shard, 0);
    if (!(await writeExtents(sealing, shard, { epoch, era: head.era, extents }))) return;
  }
  const cache = await sealing.names.at(shard, head);
  const empty = new Set<number>();
  cache.names.forEach((name, id) => {
    if (name !== undefined && endHour(extents, id) === 0) empty.add(id);
  });
  if (empty.size > 0) await forgetEmpty(sealing, shard, empty);
}

/**
 * Names without a block go, unless the log has something for them. It is read to its end, and the script refuses when its end has moved since: then what came is looked
 * at too. So no datapoint is ever acknowledged for a name that is on its way out.
 */
async function forgetEmpty(sealing: Sealing, shard: number, empty: Set<number>): Promise<void> {
  const { connection, keys } = sealing;
  const read = new Map<number, number>();
  for (let tries = 0; tries < triesAtMost && empty.size > 0; tries += 1) {
    const head = await readHead(connection, keys[shard]!.head);
    if (head === null) return;
    for (const { segment } of unsealed(head)) read.set(segment, await takeFromLog(sealing, { shard, era: head.era, segment, offset: read.get(segment) ?? 0 }, empty));
    const [end, length] = [head.last, read.get(head.last) ?? 0];
    const ids = [...empty].slice(0, idsPerScript);
    if (ids.length === 0) return;
    const removed = await connection.script(forgetScript, [keys[shard]!.head, keys[shard]!.names, segmentKey(keys[shard]!, head.era, end)], [head.version, end, length, ...ids], { evenWhenFull: true });
    if (typeof removed === 'number' && removed >= 0) for (const id of ids) empty.delete(id);
  }
}

/** Takes the ids that a segment holds from an offset on out of the set; answers where it ends. */
async function takeFromLog({ connection, keys }: Sealing, { shard, era, segment, offset }: { shard: number; era: string; segment: number; offset: number }, empty: Set<number>): Promise<number> {
  const [written] = await connection.readMany([(pipeline) => pipeline.getrangeBuffer(segmentKey(keys[shard]!, era, segment), offset, -1)]);
  const [bytes] = repliesOf(written!) as [Buffer];
  visitRecords(bytes, true, {
    record({ layout, count, words }) {
      const stride = layout === 1 ? 4 : 6;
      for (let i = 0, at = 4; i < count; i += 1, at += stride) empty.delete(words[at]!);
    },
    damaged: () => undefined,
  });
  return offset + bytes.length;
}
