import type { Clock } from '@skylark/core';
import type { VirtualTime } from './virtual-time.js';

/** A process as its machine sees it: nothing reaches it once it is dead, and while it is stopped (SIGSTOP) everything waits. */
export interface SimulatedProcess {
  /** `analyzer-2#3`: the third life of the second analyzer. */
  readonly name: string;
  /** `analyzer-2`. */
  readonly role: string;
  /** False: what it sent before it was killed may arrive after. */
  readonly diesWithItsCalls: boolean;
  readonly clock: Clock;
  /** Hands something to the process: at once, after it goes on, or never. */
  deliver(what: () => void): void;
  kill(): void;
  pause(): void;
  resume(): void;
  isDead(): boolean;
  /** Sets its wall clock to so many seconds off the true time. */
  skew(seconds: number): void;
  /** Its one thread is busy so long. */
  stall(ms: number): void;
}

export function createProcess({ time, role, life, diesWithItsCalls }: { time: VirtualTime; role: string; life: number; diesWithItsCalls: boolean }): SimulatedProcess {
  let [dead, paused, skewSeconds, stalledMs] = [false, false, 0, 0];
  const backlog: (() => void)[] = [];
  const deliver = (what: () => void): void => {
    if (dead) return;
    if (paused) backlog.push(what);
    else what();
  };
  const clock: Clock = {
    now: () => time.nowMs() / 1000 + skewSeconds,
    elapsedMs: () => time.nowMs() + stalledMs,
    sleep: (ms, signal) => new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const appointment = time.at(time.nowMs() + ms, () => deliver(wake));
      signal?.addEventListener('abort', wake, { once: true });
      function wake(): void {
        appointment.cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      }
    }),
  };
  return {
    name: `${role}#${life}`,
    role,
    diesWithItsCalls,
    clock,
    deliver,
    kill() {
      dead = true;
      backlog.length = 0;
    },
    pause: () => void (paused = true),
    resume() {
      paused = false;
      for (const what of backlog.splice(0)) time.at(time.nowMs(), () => deliver(what));
    },
    isDead: () => dead,
    skew: (seconds) => void (skewSeconds = seconds),
    stall: (ms) => void (stalledMs += ms),
  };
}
