import type { Kale } from '@skylark/storage/servers';

/** Senders' clocks may be a little ahead; what lies beyond is a mistake, and no measure for the rest. */
const aheadSeconds = 600;

/** The newest time of all datapoints that is not in the future; null when there is none. Reads everything once. */
export async function newestTimestamp(kale: Pick<Kale, 'read'>, now: number): Promise<number | null> {
  let newest: number | null = null;
  for await (const { series: { timestamps } } of kale.read()) {
    const last = timestamps.findLast((timestamp) => timestamp <= now + aheadSeconds);
    if (last !== undefined && (newest === null || last > newest)) newest = last;
  }
  return newest;
}
