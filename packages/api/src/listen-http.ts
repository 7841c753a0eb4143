import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, SkylarkError } from '@skylark/core';

export interface ListenOptions {
  readonly app: RequestListener;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  /** Connections at once; more are closed as they come. */
  readonly maxConnections?: number;
}

export interface HttpListener {
  readonly address: { readonly host: string; readonly port: number };
  /** Takes no new connection, lets requests finish for `graceMs`, then cuts what is left. */
  close(graceMs?: number): Promise<void>;
}

/** Time a client has for its headers, and for its whole request (a body of 32 MiB over a slow line). */
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 300_000;
const keepAliveTimeoutMs = 30_000;
/** A name of 8 KiB, percent-encoded. */
const maxHeaderBytes = 32 * 1024;

/** @throws SkylarkError port-in-use, bad-config (no such host) */
export async function listenHttp({ app, host, port, clock, maxConnections = 2000 }: ListenOptions): Promise<HttpListener> {
  const server = createServer({ maxHeaderSize: maxHeaderBytes, headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveTimeoutMs, connectionsCheckingInterval: 5000 }, app);
  server.maxConnections = maxConnections;
  await bind(server, host, port);
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    address: { host: address, port: bound },
    async close(graceMs = 5000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const done = new AbortController();
      await Promise.race([closed, clock.sleep(graceMs, done.signal)]);
      done.abort();
      server.closeAllConnections();
      await closed;
    },
  };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new SkylarkError(cause.code === 'EADDRINUSE' ? 'port-in-use' : 'bad-config', `${host}:${port} (${cause.code ?? cause.message})`, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
}
