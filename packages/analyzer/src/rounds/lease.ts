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

export interface LeaseRequest {
  readonly lease: string;
  /** The token that this holder had last; undefined: none yet. */
  readonly spent: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Takes a lease, waiting for a dead holder's time to run out; null if it is still held after that, or on abort.
 *
 * Never under a token that was held before: where giving it back failed, a write that was given up under it may still arrive, and must be refused by then.
 */
export async function holdLease({ state, clock, holder }: LeaseOptions, { lease, spent, signal }: LeaseRequest): Promise<Lease | null> {
  const take = (): Promise<Fence | null> => state.acquire(lease, holder, leaseSeconds, clock.now());
  const givesUpMs = clock.elapsedMs() + (leaseSeconds + 2) * 1000;
  const begin = async (): Promise<Fence | null> => {
    const first = await take();
    if (first === null || first.token !== spent) return first;
    await state.release(first);
    return take();
  };
  let fence = await begin();
  while (fence === null) {
    if (signal.aborted || clock.elapsedMs() >= givesUpMs) return null;
    await clock.sleep(retryMs, signal);
    fence = await begin();
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
