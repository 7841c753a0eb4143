import type { Clock } from '@skylark/core';

/** Called between small pieces of work: lets others have the thread once `budgetMs` were spent since they last had it. */
export type Pacer = () => Promise<void> | undefined;

/** A slice of work stays well under the 50 ms after which listeners and health checks would notice. */
export function createPacer(clock: Clock, budgetMs = 25): Pacer {
  let since = clock.elapsedMs();
  return () => {
    if (clock.elapsedMs() - since < budgetMs) return undefined;
    return clock.sleep(0).then(() => {
      since = clock.elapsedMs();
    });
  };
}
