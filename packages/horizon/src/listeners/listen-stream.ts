import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { IngestProtocol, Sample } from '@skylark/core';
import type { ItemSink, StreamDecoder } from '../decoders/decoder.js';
import { bindError } from './bind-error.js';
import { connectionCap } from './connection-cap.js';
import { Connection } from './connection.js';
import type { Listener, ListenOptions } from './listener.js';

export interface StreamLimits {
  /** Connections at a time; further ones are closed at once (10,000, and at most a quarter of the open-file limit). */
  readonly maxConnections: number;
  /** A connection that has not delivered its first item by then is closed (30,000). */
  readonly firstItemMs: number;
  /** A connection from which no byte came for so long is closed (600,000). */
  readonly idleMs: number;
  /** At close: how long to go on reading what senders still send (1,000), and how long a silence means they are done (100). */
  readonly drainMs: number;
  readonly drainQuietMs: number;
}

export const defaultStreamLimits: StreamLimits = { maxConnections: 10_000, firstItemMs: 30_000, idleMs: 600_000, drainMs: 1000, drainQuietMs: 100 };

/** Half-open connections are noticed by the kernel's probes. */
const keepAliveMs = 60_000;

export interface StreamListenOptions extends ListenOptions {
  readonly limits?: Partial<StreamLimits>;
}

/** Listens on TCP for one protocol: a decoder per connection, reading stops while the intake is paused. */
export async function listenStream(options: StreamListenOptions, protocol: IngestProtocol, makeDecoder: (sink: ItemSink) => StreamDecoder): Promise<Listener> {
  const { host, port, intake, clock, logger } = options;
  const limits = { ...defaultStreamLimits, ...options.limits };
  const connections = new Set<Connection>();
  const sink = intake.sink(protocol);
  const refused = { count: 0 };
  const closing = new AbortController();

  const server = createServer((socket) => welcome(socket));
  server.maxConnections = connectionCap(limits.maxConnections);
  server.on('drop', () => refused.count++);
  await bind(server, host, port);
  server.on('error', (error) => logger.warn('listener.error', { protocol, error: error.message }));
  const stopListening = intake.onPause((paused) => {
    for (const connection of connections) if (paused) connection.pause(); else connection.resume(clock.elapsedMs());
  });
  const sweeping = sweep();
  const { port: bound } = server.address() as AddressInfo;
  logger.info('listener.bound', { protocol, host, port: bound });

  function welcome(socket: Socket): void {
    const connection = new Connection(socket, makeDecoder(sink), sink, clock.elapsedMs());
    connections.add(connection);
    socket.setKeepAlive(true, keepAliveMs);
    socket.on('data', (chunk) => guarded(connection, () => connection.hear(chunk, clock.elapsedMs())));
    socket.on('end', () => guarded(connection, () => connection.end()));
    socket.on('error', () => undefined); // 'close' follows, and what was half sent is counted there.
    socket.on('close', () => {
      guarded(connection, () => connection.end());
      connections.delete(connection);
    });
    if (intake.paused) connection.pause();
  }

  /** No decoder throws, whatever it is sent; if one does all the same, it costs its sender the connection and nobody else anything. */
  function guarded(connection: Connection, work: () => void): void {
    try {
      work();
    } catch (error) {
      logger.error('listener.decoder-failed', { protocol, error: String(error) });
      intake.refuse(protocol, 'hostile');
      connection.abandon();
    }
  }

  async function sweep(): Promise<void> {
    const everyMs = Math.min(1000, limits.firstItemMs / 4, limits.idleMs / 4);
    while (!closing.signal.aborted) {
      await clock.sleep(everyMs, closing.signal);
      if (intake.paused) continue;
      const now = clock.elapsedMs();
      for (const connection of connections) if (connection.isOverdue(now, limits.firstItemMs, limits.idleMs)) connection.end();
    }
  }

  async function drain(): Promise<void> {
    const start = clock.elapsedMs();
    for (const connection of connections) connection.sayGoodbye();
    while (connections.size > 0 && !intake.paused && clock.elapsedMs() - start < limits.drainMs) {
      await clock.sleep(limits.drainQuietMs / 4);
      const now = clock.elapsedMs();
      for (const connection of connections) if (now - Math.max(start, connection.heardMs) > limits.drainQuietMs) connection.end();
    }
    for (const connection of connections) connection.end();
  }

  return {
    address: { host, port: bound },
    async close() {
      if (closing.signal.aborted) return sweeping;
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await drain();
      stopListening();
      await Promise.all([closed, sweeping]);
    },
    samples: () => [
      { name: 'skylark_listener_connections', help: 'Open connections of senders', kind: 'gauge', labels: { protocol }, value: connections.size },
      { name: 'skylark_listener_refused_connections_total', help: 'Connections over the cap', kind: 'counter', labels: { protocol }, value: refused.count },
    ] satisfies Sample[],
  };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(bindError(error, host, port)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
