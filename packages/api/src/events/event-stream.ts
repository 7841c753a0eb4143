import { once } from 'node:events';
import type { Clock } from '@skylark/core';
import type { Response } from 'express';

export interface EventStreamOptions {
  readonly clock: Clock;
  /** What may wait for a slow reader before it is disconnected; it comes back and resumes from its last id. */
  readonly maxBufferedBytes: number;
  /** A comment this often keeps proxies from closing a quiet stream. */
  readonly heartbeatMs: number;
}

/** One client's stream of server-sent events (WHATWG HTML, 9.2). */
export interface EventStream {
  /** Aborts when the client has gone or was disconnected. */
  readonly signal: AbortSignal;
  send(event: { id?: string; event: string; data: string }): void;
  /** Resolves when little is waiting for the client, or it has gone. */
  ready(): Promise<void>;
  end(): void;
}

/** Browsers wait this long before they come back. */
const retryMs = 2000;

export function openEventStream(response: Response, { clock, maxBufferedBytes, heartbeatMs }: EventStreamOptions): EventStream {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.status(200).set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
  response.socket?.setNoDelay(true);
  response.flushHeaders();
  write(`retry: ${retryMs}\n\n`);
  void beat();
  return {
    signal: gone.signal,
    send: ({ id, event, data }) => write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\n${data.split('\n').map((line) => `data: ${line}\n`).join('')}\n`),
    async ready() {
      if (response.writableNeedDrain) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
    },
    end: () => {
      response.end();
    },
  };

  function write(text: string): void {
    if (gone.signal.aborted || response.writableEnded) return;
    response.write(text);
    if (response.writableLength <= maxBufferedBytes) return;
    gone.abort();
    response.destroy();
  }

  async function beat(): Promise<void> {
    while (!gone.signal.aborted) {
      await clock.sleep(heartbeatMs, gone.signal);
      write(': still here\n\n');
    }
  }
}
