import { SkylarkError } from '@skylark/core';
import type { Clock, Fence } from '@skylark/core';

/** Keeps a lease over work that takes longer than it: called between pieces of the work, it renews now and then, and rejects with `stale-lease` once somebody else has it. */
export type LeaseRenewal = () => Promise<void>;

export interface LeaseRenewalOptions {
  readonly fence: Fence;
  readonly acquire: () => Promise<Fence | null>;
  /** Well below the lease's own length. */
  readonly everySeconds: number;
  readonly clock: Clock;
}

export function leaseRenewal({ fence, acquire, everySeconds, clock }: LeaseRenewalOptions): LeaseRenewal {
  let renewedMs = clock.elapsedMs();
  return async () => {
    if (clock.elapsedMs() - renewedMs < everySeconds * 1000) return;
    if ((await acquire())?.token !== fence.token) throw new SkylarkError('stale-lease', fence.lease);
    renewedMs = clock.elapsedMs();
  };
}
