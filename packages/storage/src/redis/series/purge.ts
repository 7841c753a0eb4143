import { repliesOf } from '../connection/redis-connection.js';
import { chunkOf, decodeChunk, encodeChunk } from './chunks.js';
import { clear, hoursOf, readExtents, writeExtents } from './extents.js';
import { purgedScript } from './scripts.js';
import { beginSealing, writeBlocks, type ChunkWrite, type Sealing } from './sealing.js';
import { readHead } from './shard-head.js';

const chunksPerRead = 64;
const idsPerScript = 5000;

/** Takes the blocks of removed metrics out of their chunks. */
export async function purgeRemoved(sealing: Sealing, shard: number): Promise<void> {
  const { connection, keys } = sealing;
  const epoch = await beginSealing(sealing, shard, 0);
  const head = await readHead(connection, keys[shard]!.head);
  if (epoch === 0 || head === null) return;
  const removed = await connection.read((client) => client.smembers(keys[shard]!.removed));
  const ids = removed.map(Number).filter((id) => Number.isSafeInteger(id));
  const extents = await readExtents(sealing, shard, head);
  for (const [hour, gone] of byHour(ids, (id) => hoursOf(extents, id))) {
    if (!(await purgeHour(sealing, { shard, era: head.era, hour, epoch }, gone))) return;
  }
  for (const id of ids) clear(extents, id);
  if (!(await writeExtents(sealing, shard, { epoch, era: head.era, extents }))) return;
  for (let i = 0; i === 0 || i < removed.length; i += idsPerScript) {
    await connection.script(purgedScript, [keys[shard]!.head, keys[shard]!.removed], [epoch, ...removed.slice(i, i + idsPerScript)], { evenWhenFull: true });
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
