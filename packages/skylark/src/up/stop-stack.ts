import type { Logger } from '@skylark/core';

/** What was started, to be stopped in the opposite order. */
export interface StopStack {
  push(name: string, stop: () => Promise<void> | void): void;
  /** Stops everything, whatever fails. Safe to call twice. */
  unwind(): Promise<void>;
}

export function createStopStack(logger: Logger): StopStack {
  const started: { name: string; stop: () => Promise<void> | void }[] = [];
  return {
    push: (name, stop) => void started.push({ name, stop }),
    async unwind() {
      for (let last = started.pop(); last; last = started.pop()) {
        try {
          await last.stop();
        } catch (error) {
          logger.error('stop.failed', { part: last.name, error });
        }
      }
    },
  };
}
