/** What decides whether a log is due. */
export interface LogExtent {
  readonly isEmpty: boolean;
  readonly logBytes: number;
  /** Minute of arrival of the first record. */
  readonly firstMinute: number;
}

/** After the hour is over, so long for stragglers; shards take turns so that not all seal in the same minute. */
const graceMinutes = 5;
const staggerMinutes = 10;
/** Sealed at this size even within the hour, but for the last minutes, which followers still read from the log. */
const largeLogBytes = 4 * 2 ** 20;
const tailMinutes = 2;
/** Sealed at this size at once. */
const hugeLogBytes = 4 * largeLogBytes;

/**
 * Up to which minute of arrival a shard's log is to be sealed at `now` (seconds); null: nothing is due.
 *
 * Sealing an hour in pieces writes its blocks once a piece. So it waits for the hour's end, unless the log has grown large: then a piece holds so
 * many datapoints that writing the blocks again is little beside writing the log. The last piece goes into two hours' blocks, the younger small still.
 */
export function dueMinute({ isEmpty, logBytes, firstMinute }: LogExtent, shard: number, now: number): number | null {
  if (isEmpty) return null;
  const minute = Math.floor(now / 60);
  if (logBytes >= hugeLogBytes) return Infinity;
  if (logBytes >= largeLogBytes && firstMinute < minute - tailMinutes) return minute - tailMinutes - 1;
  const hourStart = Math.floor((minute - graceMinutes - (shard % staggerMinutes)) / 60) * 60;
  // A minute of arrival in the future: the clock was put back.
  return firstMinute < hourStart || firstMinute > minute + 1 ? Infinity : null;
}
