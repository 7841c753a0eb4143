import type { Series } from '@skylark/core';

/** The newest datapoint of a window: what a verdict is about. */
export type Tail = readonly [timestamp: number, value: number];

export function tailOf({ timestamps, values }: Series): Tail | null {
  const last = timestamps.length - 1;
  return last < 0 ? null : [timestamps[last]!, values[last]!];
}

/** A tail that was judged is not judged again in the next slot; one whose value was corrected since is. */
export function isSameTail(one: Tail | null | undefined, other: Tail): boolean {
  return one != null && one[0] === other[0] && one[1] === other[1];
}
