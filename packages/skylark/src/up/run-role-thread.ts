import { parentPort, workerData } from 'node:worker_threads';
import type { Backend, Clock, Logger, Sample } from '@skylark/core';
import { createLogger } from '../cli/log.js';
import { systemClock } from '../system-clock.js';
import { openStore } from './open-store.js';
import { answerCalls, type Calls } from './thread-calls.js';
import type { ThreadData } from './thread-data.js';

export interface RoleContext {
  readonly backend: Backend;
  readonly data: ThreadData;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the thread shall finish. */
  readonly signal: AbortSignal;
}

export interface Role {
  /** Calls it answers besides start, samples and stop. */
  readonly calls: Calls;
  samples(): readonly Sample[];
  /** The role's loops; they end by themselves once the signal aborts. A loop that fails ends the thread. */
  readonly running: Promise<unknown>;
}

/** The body of a role's thread: opens the folder, runs the role, answers until told to stop. */
export function runRoleThread(makeRole: (context: RoleContext) => Promise<Role>): void {
  if (!parentPort) throw new Error('not a thread');
  const data = workerData as ThreadData;
  const stopping = new AbortController();
  const logger = createLogger({ ...data.logStyle, perMinute: 30, elapsedMs: () => systemClock.elapsedMs() });
  const opened = openRole();
  opened.then(({ role }) => role.running).catch((error: unknown) => {
    // Up to the thread's supervisor.
    if (!stopping.signal.aborted) setImmediate(() => { throw error; });
  });
  const calls: Calls = {
    start: async () => void (await opened),
    samples: async () => {
      const { role, backend } = await opened;
      return [...role.samples(), ...backend.samples()];
    },
    stop: async () => {
      stopping.abort();
      const { role, backend } = await opened;
      await role.running.catch(() => undefined);
      await backend.close();
    },
  };
  answerCalls(parentPort, new Proxy(calls, { get: (_, name: string) => calls[name] ?? roleCall(name) }));

  async function openRole(): Promise<{ backend: Backend; role: Role }> {
    const { backend, clock } = await openStore({ kind: data.store, folder: data.folder, config: data.config, clock: systemClock, logger, role: 'thread' });
    const role = await makeRole({ backend, data, clock, logger, signal: stopping.signal });
    return { backend, role };
  }

  function roleCall(name: string): (argument: never) => Promise<unknown> {
    return async (argument) => {
      const { role } = await opened;
      const call = role.calls[name];
      if (!call) throw new Error(`no call ${name}`);
      return call(argument);
    };
  }
}
