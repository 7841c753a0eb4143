import { once } from 'node:events';
import type { Clock } from '@skylark/core';
import type { Response } from 'express';

export interface EventStreamOptions {
  readonly clock: Clock;
  /** What may wait for a slow reader. */
  readonly maxBufferedBytes: number;
  /** A reader that has not taken what waits for it after this long is disconnected; it comes back and resumes from its last id. */
  readonly stallMs: number;
  /** A comment this often keeps proxies from closing a quiet stream. */
  readonly heartbeatMs: number;
}

/** One client's stream of server-sent events (WHATWG HTML, 9.2). */
export interface EventStream {
  /** Aborts when the client has gone or was disconnected. */
  readonly signal: AbortSignal;
  readonly send: (event: { id?: string; event: string; data: string }) => void;
  readonly isFull: () => boolean;
  /** Resolves when it is not full; a client that leaves it full too long is disconnected. */
  readonly ready: () => Promise<void>;
  readonly end: () => void;
}

/** Browsers wait this long before they come back. */
const retryMs = 2000;

export function openEventStream(response: Response, { clock, maxBufferedBytes, stallMs, heartbeatMs }: EventStreamOptions): EventStream {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.status(200).set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
  response.socket?.setNoDelay(true);
  response.flushHeaders();
  write(`retry: ${retryMs}\n\n`);
  void beat();
  const isFull = (): boolean => response.writableLength > maxBufferedBytes;
  return {
    signal: gone.signal,
    send: ({ id, event, data }) => write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\n${data.split('\n').map((line) => `data: ${line}\n`).join('')}\n`),
    isFull,
    async ready() {
      while (isFull() && !gone.signal.aborted) await drained();
    },
    end: () => {
      response.end();
    },
  };

  function write(text: string): void {
    if (!gone.signal.aborted && !response.writableEnded) response.write(text);
  }

  /** Waits for the reader to take what there is; one that takes nothing for too long is disconnected. */
  async function drained(): Promise<void> {
    const waiting = new AbortController();
    const signal = AbortSignal.any([gone.signal, waiting.signal]);
    const before = response.writableLength;
    const stalled = clock.sleep(stallMs, signal).then(() => !signal.aborted && response.writableLength >= before);
    const taken = once(response, 'drain', { signal }).then(() => false, () => false);
    if (await Promise.race([stalled, taken])) {
      gone.abort();
      response.destroy();
    }
    waiting.abort();
  }

  async function beat(): Promise<void> {
    while (!gone.signal.aborted) {
      await clock.sleep(heartbeatMs, gone.signal);
      if (!isFull()) write(': still here\n\n');
    }
  }
}
