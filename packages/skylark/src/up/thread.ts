import { Worker } from 'node:worker_threads';
import type { Clock, HealthCheck, Logger, Sample } from '@skylark/core';
import { createCaller } from './thread-calls.js';

export interface ThreadOptions {
  /** For /readyz and the log. */
  readonly name: string;
  readonly entry: URL;
  readonly data: unknown;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A role in its own thread. One that dies is started again, with a growing pause; meanwhile its calls fail and its health says so. */
export interface Thread {
  call(name: string, argument?: unknown): Promise<unknown>;
  /** The newest figures the thread reported. */
  samples(): readonly Sample[];
  health(): HealthCheck;
  /** Asks the thread to finish, then ends it. */
  stop(): Promise<void>;
}

const longestPauseMs = 30_000;
const samplesEveryMs = 1000;
/** A thread that does not finish by itself is ended: what it had in hand is done again, by whoever starts next. */
const stopWithinMs = 3000;

export async function startThread({ name, entry, data, clock, logger }: ThreadOptions): Promise<Thread> {
  const stopping = new AbortController();
  let samples: readonly Sample[] = [];
  let failure: string | null = null;
  let current = await launch();
  const supervision = supervise();
  const sampling = sample();

  return {
    call: (call, argument) => current.call(call, argument),
    samples: () => samples,
    health: () => (failure === null ? { name, ok: true } : { name, ok: false, reason: failure }),
    async stop() {
      stopping.abort();
      const asked = current.call('stop').catch((error: unknown) => logger.warn('thread.stop-failed', { thread: name, error }));
      const late = clock.sleep(stopWithinMs).then(() => 'late');
      if ((await Promise.race([asked, late])) === 'late') logger.warn('thread.ended', { thread: name, why: `not finished within ${stopWithinMs} ms` });
      await current.worker.terminate();
      await Promise.all([supervision, sampling]);
    },
  };

  async function launch() {
    const worker = new Worker(entry, { workerData: data });
    const ended = new Promise<string>((resolve) => {
      worker.once('error', (error) => resolve(error.message));
      worker.once('exit', (code) => resolve(`exit ${code}`));
    });
    const call = createCaller(worker);
    await Promise.race([call('start'), ended.then((why) => Promise.reject(new Error(`${name} thread: ${why}`)))]);
    return { worker, call, ended };
  }

  async function supervise(): Promise<void> {
    for (let pauseMs = 1000; !stopping.signal.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const why = await current.ended;
      if (stopping.signal.aborted) return;
      failure = `the ${name} thread died: ${why}`;
      logger.error('thread.died', { thread: name, why, again: `${pauseMs} ms` });
      await clock.sleep(pauseMs, stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        current = await launch();
        failure = null;
        if (stopping.signal.aborted) await current.worker.terminate();
      } catch (error) {
        logger.error('thread.start-failed', { thread: name, error });
      }
    }
  }

  async function sample(): Promise<void> {
    while (!stopping.signal.aborted) {
      await current.call('samples').then((answer) => (samples = answer as Sample[]), () => undefined);
      await clock.sleep(samplesEveryMs, stopping.signal);
    }
  }
}
