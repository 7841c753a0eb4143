import { decodeSkylineDatagram } from '../decoders/msgpack/skyline-datagram.js';
import { listenDatagrams } from './listen-datagrams.js';
import type { Listener, ListenOptions } from './listener.js';

/**
 * Skyline's msgpack over UDP (2025): `[name, [timestamp, value]]`, or several points after the name.
 * @throws SkylarkError port-in-use
 */
export function listenMsgpackUdp(options: ListenOptions): Promise<Listener> {
  return listenDatagrams(options, 'msgpack', (bytes, sink) => decodeSkylineDatagram(bytes, sink));
}
