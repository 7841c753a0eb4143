import { type Clock, type Fence, SkylarkError, type StateStore } from '@skylark/core';

export interface Lease {
  readonly fence: Fence;
  /** Extends it when a third of its time is over; cheap otherwise. Throws when somebody else has it by now. */
  renew(): Promise<void> | undefined;
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly holder: string;
}

/** A worker that died keeps a shard this long. */
export const leaseSeconds = 15;
const retryMs = 1000;

/** Takes a lease, waiting for a dead holder's time to run out; null if it is still held after that, or on abort. */
export async function holdLease({ state, clock, holder }: LeaseOptions, lease: string, signal: AbortSignal): Promise<Lease | null> {
  const take = (): Promise<Fence | null> => state.acquire(lease, holder, leaseSeconds, clock.now());
  const givesUpMs = clock.elapsedMs() + (leaseSeconds + 2) * 1000;
  let fence = await take();
  while (fence === null) {
    if (signal.aborted || clock.elapsedMs() >= givesUpMs) return null;
    await clock.sleep(retryMs, signal);
    fence = await take();
  }
  const held = fence;
  let renewedMs = clock.elapsedMs();
  return {
    fence: held,
    renew() {
      if (clock.elapsedMs() - renewedMs < (leaseSeconds * 1000) / 3) return undefined;
      renewedMs = clock.elapsedMs();
      return take().then((renewed) => {
        if (renewed?.token !== held.token) throw new SkylarkError('stale-lease', lease);
      });
    },
    release: () => state.release(held),
  };
}
