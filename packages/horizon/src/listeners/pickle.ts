import { createPickleDecoder } from '../decoders/pickle/pickle-decoder.js';
import { listenStream, type StreamListenOptions } from './listen-stream.js';
import type { Listener } from './listener.js';

/**
 * Carbon's pickle protocol over TCP (2004; Skyline 2024), as carbon-relay sends it. A frame longer than 1 MiB closes its connection; any other
 * bad frame is counted and the next is read.
 * @throws SkylarkError port-in-use
 */
export function listenPickle(options: StreamListenOptions): Promise<Listener> {
  return listenStream(options, 'pickle', (sink) => createPickleDecoder(sink));
}
