import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SkylarkError } from '@skylark/core';

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** Stops accepting, lets requests at hand finish for a moment, then ends every connection. */
  close(): Promise<void>;
}

const graceMs = 2000;

/** @throws SkylarkError port-in-use */
export function listenHttp(handler: RequestListener, host: string, port: number): Promise<HttpServer> {
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 15_000, keepAliveTimeout: 10_000 }, handler);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new SkylarkError('port-in-use', String(port), { cause: error }) : error);
    });
    server.listen({ host, port }, () => {
      const address = server.address() as AddressInfo;
      resolve({ host: address.address, port: address.port, close });
    });
  });

  function close(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      server.closeIdleConnections();
    });
  }
}

/** `host:port`, an IPv6 host in brackets. */
export function addressText(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
