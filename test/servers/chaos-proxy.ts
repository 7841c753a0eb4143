import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What happens to bytes on their way; changed at any time, for connections that are there and for new ones. */
export interface Weather {
  /** Each piece waits so long, in order. */
  latencyMs: number;
  /** Bytes a second and direction; 0: as fast as it goes. */
  bytesPerSecond: number;
  /** Nothing comes through in either direction, nothing is refused, nothing is closed: as a firewall that drops. */
  blackHole: boolean;
  /** Only towards the client: requests arrive, answers do not. */
  answersLost: boolean;
  /** New connections are reset at once. */
  refuse: boolean;
  /** Pieces are cut into single bytes. */
  splitBytes: boolean;
  /** Called with every piece; answers what goes on in its place. */
  corrupt: ((bytes: Buffer, direction: 'request' | 'answer') => Buffer) | null;
}

/** A TCP proxy on loopback between a client and a real server. */
export interface ChaosProxy {
  readonly port: number;
  readonly weather: Weather;
  /** Connections that are there now. */
  connections(): number;
  /** Bytes that arrived here and have not gone on. */
  heldBytes(): number;
  /** Resets all connections that are there (RST), or ends just the client's side (FIN). */
  reset(): void;
  halfClose(): void;
  /** Fair again: what is held goes on, what came into a black hole is gone with its connection. */
  clear(): void;
  stop(): Promise<void>;
}

const fair = (): Weather => ({ latencyMs: 0, bytesPerSecond: 0, blackHole: false, answersLost: false, refuse: false, splitBytes: false, corrupt: null });

/**
 * @example const proxy = await startChaosProxy(redis.port); proxy.weather.blackHole = true;
 */
export async function startChaosProxy(targetPort: number): Promise<ChaosProxy> {
  const weather = fair();
  const pairs = new Set<Pair>();
  /** Also those whose other side went away unheard, in a black hole. */
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (weather.refuse) return void client.resetAndDestroy();
    const upstream = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
    const pair: Pair = { client, upstream, held: 0 };
    pairs.add(pair);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    carry(pair, 'request', weather);
    carry(pair, 'answer', weather);
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        pairs.delete(pair);
        // A black hole swallows the end as well: the other side goes on waiting.
        if (!weather.blackHole) other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    weather,
    connections: () => pairs.size,
    heldBytes: () => [...pairs].reduce((sum, { held }) => sum + held, 0),
    reset() {
      for (const { client, upstream } of pairs) {
        client.resetAndDestroy();
        upstream.destroy();
      }
    },
    halfClose() {
      for (const { client } of pairs) client.end();
    },
    clear() {
      const wasBlack = weather.blackHole || weather.answersLost;
      Object.assign(weather, fair());
      if (wasBlack) for (const { client, upstream } of pairs) for (const socket of [client, upstream]) socket.destroy();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  held: number;
}

function carry(pair: Pair, direction: 'request' | 'answer', weather: Weather): void {
  const [from, to] = direction === 'request' ? [pair.client, pair.upstream] : [pair.upstream, pair.client];
  /** Pieces go on in order: each waits for the one before. */
  let before = Promise.resolve();
  from.on('data', (bytes) => {
    if (weather.blackHole || (direction === 'answer' && weather.answersLost)) return;
    pair.held += bytes.length;
    from.pause();
    before = before.then(async () => {
      await wait(weather.latencyMs + (weather.bytesPerSecond > 0 ? (1000 * bytes.length) / weather.bytesPerSecond : 0));
      pair.held -= bytes.length;
      if (!weather.blackHole && !to.destroyed) await send(to, weather.corrupt ? weather.corrupt(bytes, direction) : bytes, weather.splitBytes);
      from.resume();
    });
  });
  from.on('end', () => void before.then(() => {
    if (!weather.blackHole) to.end();
  }));
}

const wait = (ms: number): Promise<void> => (ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms)));

async function send(to: Socket, bytes: Buffer, split: boolean): Promise<void> {
  for (let at = 0; at < bytes.length; at += split ? 1 : bytes.length) {
    const piece = split ? bytes.subarray(at, at + 1) : bytes;
    if (!to.write(piece) && !to.destroyed) await new Promise<void>((resolve) => {
      to.once('drain', resolve);
      to.once('close', () => resolve());
    });
  }
}
