import type { Clock } from '@skylark/core';

/** The one place that reads the machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now() / 1000,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      timer.unref();
      signal?.addEventListener('abort', finish, { once: true });
    }),
};
