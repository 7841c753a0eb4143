import { isSkylarkError, SkylarkError } from '@skylark/core';
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

/**
 * Does work under a lease that is renewed meanwhile, however long one call of it takes. A failed renewal is tried again; once somebody else has the lease it is left
 * to them, and what the work still does under the fence is refused.
 *
 * @param work may call `renew` before what cannot be undone
 */
export async function holdingLease<T>(options: LeaseRenewalOptions, work: (renew: LeaseRenewal) => Promise<T>): Promise<T> {
  const renew = leaseRenewal(options);
  const done = new AbortController();
  const renewing = keepRenewing(renew, options, done.signal);
  try {
    return await work(renew);
  } finally {
    done.abort();
    await renewing;
  }
}

async function keepRenewing(renew: LeaseRenewal, { clock, everySeconds }: LeaseRenewalOptions, signal: AbortSignal): Promise<void> {
  for (let isOurs = true; isOurs && !signal.aborted;) {
    await clock.sleep(everySeconds * 1000, signal);
    if (!signal.aborted) isOurs = await renew().then(() => true, (error: unknown) => !isSkylarkError(error, 'stale-lease'));
  }
}
