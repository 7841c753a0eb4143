import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../packages/core/src/clock.js';

/** The machine's clock, for tests on real sockets. */
export const realClock: Clock = {
  now: () => Date.now() / 1000,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }).catch(() => undefined),
};

export interface ManualClock extends Clock {
  /** Moves both clocks forward; nobody who sleeps is woken. */
  advance(seconds: number): void;
}

/** A clock that stands still between calls of `advance`; sleeps end only by their signal. */
export function manualClock(startSeconds: number): ManualClock {
  let elapsed = 0;
  return {
    now: () => startSeconds + elapsed,
    elapsedMs: () => elapsed * 1000,
    sleep: (_ms, signal) => new Promise((resolve) => (signal?.aborted === true ? resolve() : signal?.addEventListener('abort', () => resolve(), { once: true }))),
    advance: (seconds) => {
      elapsed += seconds;
    },
  };
}
