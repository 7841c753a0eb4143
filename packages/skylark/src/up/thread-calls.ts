import type { MessagePort, Worker } from 'node:worker_threads';
import { type ErrorCode, isSkylarkError, SkylarkError } from '@skylark/core';

/** What a thread can be asked, by name. Arguments and results cross by structured clone. */
export type Calls = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

interface Request {
  readonly id: number;
  readonly call: string;
  readonly argument: unknown;
}

type Reply = { readonly id: number } & ({ readonly result: unknown } | { readonly error: { code: ErrorCode | null; message: string } });

/** In the thread: answers calls until the port closes. Errors keep their code. */
export function answerCalls(port: MessagePort, calls: Calls): void {
  const answer = async ({ id, call, argument }: Request): Promise<Reply> => {
    try {
      const handler = calls[call] as ((argument: unknown) => Promise<unknown>) | undefined;
      if (!handler) throw new SkylarkError('internal', `no call ${call}`);
      return { id, result: await handler(argument) };
    } catch (error) {
      return { id, error: isSkylarkError(error) ? { code: error.code, message: error.detail } : { code: null, message: error instanceof Error ? error.message : String(error) } };
    }
  };
  port.on('message', (request: Request) => void answer(request).then(post));

  /** A result that structured clone cannot carry is a mistake in here: the caller hears of it, the thread lives. */
  function post(reply: Reply): void {
    try {
      port.postMessage(reply);
    } catch (error) {
      port.postMessage({ id: reply.id, error: { code: null, message: error instanceof Error ? error.message : String(error) } } satisfies Reply);
    }
  }
}

/** Outside: calls into a thread. A thread that ends fails every call still open. */
export function createCaller(worker: Worker): (call: string, argument?: unknown) => Promise<unknown> {
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let ended = false;
  worker.on('message', (reply: Reply) => {
    const waiting = open.get(reply.id);
    open.delete(reply.id);
    if ('error' in reply) waiting?.reject(reply.error.code === null ? new Error(reply.error.message) : new SkylarkError(reply.error.code, reply.error.message));
    else waiting?.resolve(reply.result);
  });
  worker.on('exit', () => {
    ended = true;
    for (const { reject } of open.values()) reject(new SkylarkError('internal', 'the thread ended'));
    open.clear();
  });
  return (call, argument) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(new SkylarkError('internal', 'the thread has ended'));
      const id = ++lastId;
      worker.postMessage({ id, call, argument } satisfies Request);
      open.set(id, { resolve, reject });
    });
}
