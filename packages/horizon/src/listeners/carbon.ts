import { createCarbonDecoder, decodeCarbonDatagram } from '../decoders/carbon/carbon-decoder.js';
import { listenDatagrams } from './listen-datagrams.js';
import { listenStream, type StreamListenOptions } from './listen-stream.js';
import type { Listener, ListenOptions } from './listener.js';

/**
 * Carbon's plaintext protocol over TCP (2003): `metric value timestamp` lines, no acknowledgement; back-pressure is to stop reading.
 * @throws SkylarkError port-in-use
 */
export function listenCarbonTcp(options: StreamListenOptions): Promise<Listener> {
  return listenStream(options, 'carbon-tcp', (sink) => createCarbonDecoder(sink));
}

/**
 * The same over UDP: one or more lines a datagram, the last may lack its newline.
 * @throws SkylarkError port-in-use
 */
export function listenCarbonUdp(options: ListenOptions): Promise<Listener> {
  return listenDatagrams(options, 'carbon-udp', (bytes, sink) => decodeCarbonDatagram(bytes, sink));
}
