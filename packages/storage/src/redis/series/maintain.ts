import { dueMinute } from '../../series/seal-due.js';
import { expireShard } from './expire.js';
import { purgeRemoved } from './purge.js';
import { cutLog, sealShard } from './seal.js';
import { beginSealing, type Sealing } from './sealing.js';
import { readHead, unsealed, type ShardHead } from './shard-head.js';
import { minuteOfSegment } from './shard-keys.js';

/** Minutes after which what was sealed and kept for followers goes with the next maintenance; Redis lets it go by itself as well. */
const keptMinutes = 3;

/** `SeriesStore.maintain`: seals what is due, takes out what was removed, forgets what is expired. Any step may be cut off anywhere and is simply done again. */
export function createMaintenance(options: Omit<Sealing, 'now' | 'firstKeptHour'>): (shard: number, now: number) => Promise<void> {
  const { connection, keys, retentionSeconds } = options;
  /** By shard: the first kept hour when names were last looked at. Once an hour is enough, it reads the whole log. */
  const forgotten = new Map<number, number>();
  return async (shard, now) => {
    const firstKeptHour = retentionSeconds === null ? 0 : Math.max(0, Math.floor((now - retentionSeconds) / 3600));
    const sealing = { ...options, now, firstKeptHour };
    let head = await readHead(connection, keys[shard]!.head);
    for (; head !== null; head = await readHead(connection, keys[shard]!.head)) {
      const minute = minuteDue(head, shard, now);
      if (minute === null || !(await sealShard(sealing, shard, minute))) break;
    }
    if (head === null) return;
    if (head.garbage) await purgeRemoved(sealing, shard);
    if (holdsOldSegments(head, now)) await cutLog(sealing, { shard, era: head.era, epoch: await beginSealing(sealing, shard, 0) }, head.sealed);
    if (firstKeptHour > 0 && forgotten.get(shard) !== firstKeptHour) {
      await expireShard(sealing, shard);
      forgotten.set(shard, firstKeptHour);
    }
  };
}

function minuteDue(head: ShardHead, shard: number, now: number): number | null {
  const log = unsealed(head);
  return dueMinute({ isEmpty: log.length === 0, logBytes: head.bytes, firstMinute: minuteOfSegment(log[0]?.segment ?? 0) }, shard, now);
}

function holdsOldSegments({ segments: [oldest], sealed }: ShardHead, now: number): boolean {
  return oldest !== undefined && oldest.segment <= sealed && minuteOfSegment(oldest.segment) < Math.floor(now / 60) - keptMinutes;
}
