/** A span `[from, until)` in which Skylark itself took in nothing; seconds. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

/** Seconds of `[from, until)` that lie outside all outages. Outages are apart from each other. */
export function timeOutside(outages: readonly Outage[], from: number, until: number): number {
  let outside = Math.max(0, until - from);
  for (const outage of outages) outside -= Math.max(0, Math.min(until, outage.until) - Math.max(from, outage.from));
  return outside;
}

/**
 * Outages are the holes between heartbeats (timestamps of the canary, ascending) longer than `longestBeat` seconds, with the one that lasts.
 * Before the first heartbeat nothing is known: what was imported from then is taken as complete.
 */
export function outagesBetween(heartbeats: Float64Array, now: number, longestBeat: number): Outage[] {
  const outages: Outage[] = [];
  for (let i = 0; i < heartbeats.length; i += 1) {
    const [from, until] = [heartbeats[i]!, i + 1 < heartbeats.length ? heartbeats[i + 1]! : now];
    if (until - from > longestBeat) outages.push({ from, until });
  }
  return outages;
}
