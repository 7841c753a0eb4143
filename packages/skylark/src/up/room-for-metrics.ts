import type { Backend, Clock } from '@skylark/core';

/** The rest is for the metrics that are known, until sealing and expiry make room. */
const fullShare = 0.95;
const roomyShare = 0.92;
const lookEveryMs = 2000;

export interface RoomForMetrics {
  /** Why there is no room for new metrics, as the store last said; null when there is. */
  shortage(): string | null;
  /** Asks the store now and then, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Watches a store whose memory has a limit (Redis' `maxmemory`). One without always has room: a full disk says so by itself. */
export function watchRoom(backend: Pick<Backend, 'health' | 'samples'>, clock: Clock): RoomForMetrics {
  let shortage: string | null = null;
  return {
    shortage: () => shortage,
    async run(signal) {
      for (; !signal.aborted; await clock.sleep(lookEveryMs, signal)) {
        // Has the store look at itself; the figure is among its samples.
        await backend.health();
        const share = backend.samples().find(({ name }) => name === 'skylark_store_memory_share')?.value ?? 0;
        if (share >= fullShare || (shortage !== null && share >= roomyShare)) shortage = `the store is at ${Math.floor(100 * share)} % of the memory it may use`;
        else shortage = null;
      }
    },
  };
}
