import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { IngestProtocol, Sample } from '@skylark/core';
import type { ItemSink } from '../decoders/decoder.js';
import { bindError } from './bind-error.js';
import { kernelDrops } from './kernel-drops.js';
import type { Listener, ListenOptions } from './listener.js';

/** Asked of the kernel for each socket. Its default lost 16 % of 50,000 datagrams a second here, 4 MiB lost none. */
const receiveBufferBytes = 4 * 1024 * 1024;

const drainMs = 50;

/** Listens on UDP for one protocol. While the intake is paused, what arrives is counted as dropped. */
export async function listenDatagrams(options: ListenOptions, protocol: IngestProtocol, decode: (bytes: Uint8Array, sink: ItemSink) => void): Promise<Listener> {
  const { host, port, intake, clock, logger } = options;
  const sink = intake.sink(protocol, { droppable: true });
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.on('message', (bytes) => {
    sink.touch();
    try {
      decode(bytes, sink);
    } catch (error) {
      // No decoder throws, whatever it is sent; if one does all the same, it costs this datagram only.
      logger.error('listener.decoder-failed', { protocol, error: String(error) });
      intake.refuse(protocol, 'hostile');
    }
  });
  await bind(socket, host, port);
  socket.on('error', (error) => logger.warn('listener.error', { protocol, error: error.message }));
  const bound = socket.address();
  askForBuffer();
  logger.info('listener.bound', { protocol, host, port: bound.port });
  let drops = 0;
  let closed: Promise<void> | null = null;

  function askForBuffer(): void {
    try {
      socket.setRecvBufferSize(receiveBufferBytes);
    } catch (error) {
      logger.warn('listener.receive-buffer', { protocol, error: String(error) });
    }
    // Linux answers twice what was asked for, to count its own bookkeeping.
    const granted = socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1);
    if (granted < receiveBufferBytes) logger.warn('listener.receive-buffer', { protocol, asked: receiveBufferBytes, granted, help: `sysctl -w net.core.rmem_max=${receiveBufferBytes}` });
  }

  return {
    address: { host, port: bound.port },
    close() {
      // What the kernel already holds is delivered in the turns before this.
      closed ??= clock.sleep(drainMs).then(() => new Promise((resolve) => socket.close(() => resolve())));
      return closed;
    },
    samples(): Sample[] {
      drops = Math.max(drops, kernelDrops(bound.address, bound.port) ?? 0);
      return [{ name: 'skylark_udp_kernel_drops', help: 'Datagrams the kernel dropped because the receive buffer was full', kind: 'counter', labels: { protocol }, value: drops }];
    },
  };
}

function bind(socket: Socket, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(bindError(error, host, port));
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
}
