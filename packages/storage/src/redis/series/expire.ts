import { chunkOf, decodeChunk, encodeChunk } from './chunks.js';
import { clear, cutBefore, endHour, hoursOf, readExtents, writeExtents } from './extents.js';
import { visitRecords } from './log-segment.js';
import { repliesOf } from '../connection/redis-connection.js';
import { forgetScript, purgedScript } from './scripts.js';
import { beginSealing, writeBlocks, type ChunkWrite, type Sealing } from './sealing.js';
import { readHead, unsealed } from './shard-head.js';
import { segmentKey } from './shard-keys.js';

const hoursPerPipeline = 500;
const chunksPerRead = 200;
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
    const [end = head.last, length = 0] = [head.last, read.get(head.last)];
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

/** Takes the blocks of removed metrics out of their chunks. */
export async function purgeRemoved(sealing: Sealing, shard: number): Promise<void> {
  const { connection, keys } = sealing;
  const epoch = await beginSealing(sealing, shard, 0);
  const head = await readHead(connection, keys[shard]!.head);
  if (epoch === 0 || head === null) return;
  const ids = (await connection.read((client) => client.smembers(keys[shard]!.removed))).map(Number);
  const extents = await readExtents(sealing, shard, head);
  for (const [hour, gone] of byHour(ids, (id) => hoursOf(extents, id))) {
    if (!(await purgeHour(sealing, { shard, era: head.era, hour, epoch }, gone))) return;
  }
  for (const id of ids) clear(extents, id);
  if (!(await writeExtents(sealing, shard, { epoch, era: head.era, extents }))) return;
  for (let i = 0; i === 0 || i < ids.length; i += idsPerScript) {
    await connection.script(purgedScript, [keys[shard]!.head, keys[shard]!.removed], [epoch, ...ids.slice(i, i + idsPerScript)], { evenWhenFull: true });
  }
}

function byHour(ids: readonly number[], hoursOfId: (id: number) => readonly number[]): Map<number, Set<number>> {
  const hours = new Map<number, Set<number>>();
  for (const id of ids) for (const hour of hoursOfId(id)) hours.set(hour, (hours.get(hour) ?? new Set()).add(id));
  return hours;
}

async function purgeHour(sealing: Sealing, place: { shard: number; era: string; hour: number; epoch: number }, gone: ReadonlySet<number>): Promise<boolean> {
  const key = sealing.keys[place.shard]!.blocks(place.era, place.hour);
  const chunks = [...new Set([...gone].map(chunkOf))];
  for (let i = 0; i < chunks.length; i += chunksPerRead) {
    const some = chunks.slice(i, i + chunksPerRead);
    const [written] = await sealing.connection.readMany([(pipeline) => pipeline.hmgetBuffer(key, ...some.map(String))]);
    const [present] = repliesOf(written!) as [(Buffer | null)[]];
    const left = some.flatMap((chunk, k): ChunkWrite[] => {
      const entries = present[k] ? decodeChunk({ ...place, chunk }, present[k]) : null;
      if (!entries?.some(({ id }) => gone.has(id))) return [];
      const kept = entries.filter(({ id }) => !gone.has(id));
      return [{ chunk, bytes: kept.length === 0 ? new Uint8Array(0) : encodeChunk({ ...place, chunk }, kept) }];
    });
    if (left.length > 0 && !(await writeBlocks(sealing, place, left))) return false;
  }
  return true;
}
