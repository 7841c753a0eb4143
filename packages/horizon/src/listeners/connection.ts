import type { Socket } from 'node:net';
import type { StreamDecoder } from '../decoders/decoder.js';
import type { IntakeSink } from '../intake/intake.js';

/** One sender's TCP connection with its decoder. Times are `Clock.elapsedMs`. */
export class Connection {
  readonly #socket: Socket;
  readonly #decoder: StreamDecoder;
  readonly #sink: IntakeSink;
  #openedMs: number;
  #heardMs: number;
  #delivered = false;
  #ended = false;

  constructor(socket: Socket, decoder: StreamDecoder, sink: IntakeSink, nowMs: number) {
    this.#socket = socket;
    this.#decoder = decoder;
    this.#sink = sink;
    this.#openedMs = nowMs;
    this.#heardMs = nowMs;
  }

  /** `Clock.elapsedMs` when bytes last came. */
  get heardMs(): number {
    return this.#heardMs;
  }

  hear(chunk: Uint8Array, nowMs: number): void {
    if (this.#ended) return;
    this.#heardMs = nowMs;
    this.#sink.touch();
    const before = this.#sink.received;
    this.#decoder.write(chunk);
    // Decoding is synchronous: whatever was counted meanwhile came from this connection.
    if (this.#sink.received > before) this.#delivered = true;
    if (this.#decoder.broken) this.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  /** The time it was not listened to does not count as silence. */
  resume(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#openedMs = nowMs;
    this.#socket.resume();
  }

  /** True when its first item, or its next byte, is overdue. */
  isOverdue(nowMs: number, firstItemMs: number, idleMs: number): boolean {
    return (!this.#delivered && nowMs - this.#openedMs > firstItemMs) || nowMs - this.#heardMs > idleMs;
  }

  /** As `end`, but the decoder is not asked for its rest: it has failed. */
  abandon(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  /** A half item becomes `incomplete`, once; then the socket goes. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.touch();
    if (!this.#decoder.broken) this.#decoder.end();
    this.#socket.destroy();
  }

  /** Tells the sender that we are about to go, while still reading. */
  sayGoodbye(): void {
    this.#socket.end();
  }
}
