import { asBuffer } from '../bytes.js';
import type { ItemSink, StreamDecoder } from '../decoder.js';
import { decodePickleFrame } from './pickle-frame.js';

export interface PickleOptions {
  /** Longest frame (1 MiB); a longer one is not awaited, the stream is `broken`. */
  readonly maxFrameBytes?: number;
  readonly maxItems?: number;
  readonly maxDepth?: number;
}

const prefixBytes = 4;
const firstBufferBytes = 4096;

/**
 * Carbon's pickle protocol on a stream: frames of a 4-byte big-endian length and a pickle (see `decodePickleFrame`). Holds at most one frame, and
 * only as much of it as has arrived: a declared length alone takes no memory.
 *
 * Rejects with the reasons of `decodePickleFrame`, `too-long` and `incomplete`; offset and bytes include the prefix.
 *
 * @example const decoder = createPickleDecoder(sink);
 * decoder.write(chunk);
 */
export function createPickleDecoder(sink: ItemSink, options: PickleOptions = {}): StreamDecoder {
  const { maxFrameBytes = 1024 * 1024, ...bounds } = options;
  /** Prefix and frame, as far as they came in earlier chunks. */
  let half: Buffer = Buffer.alloc(0);
  let held = 0;
  /** Where the frame at hand starts in the stream, prefix included. */
  let offset = 0;
  let broken = false;

  function hold(bytes: Buffer, from: number, to: number, wanted: number): void {
    const needed = held + to - from;
    if (half.length < needed) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(wanted, Math.max(firstBufferBytes, 2 * half.length))));
      half.copy(larger, 0, 0, held);
      half = larger;
    }
    bytes.copy(half, held, from, to);
    held = needed;
  }

  /** Reads the frame that starts at `at` in `bytes` if it is whole: answers where the next starts, or -1. Breaks the stream when it is too long. */
  function readFrame(bytes: Buffer, at: number, end: number): number {
    if (end - at < prefixBytes) return -1;
    const length = bytes.readUInt32BE(at);
    if (length > maxFrameBytes) {
      broken = true;
      sink.reject('too-long', offset, prefixBytes + length, `a frame of ${length} bytes`);
      return -1;
    }
    const next = at + prefixBytes + length;
    if (next > end) return -1;
    decodePickleFrame(bytes.subarray(at + prefixBytes, next), sink, { ...bounds, offset, length: prefixBytes + length });
    offset += prefixBytes + length;
    return next;
  }

  /** Completes the half frame from the chunk: answers how many bytes of the chunk it took. */
  function finishHalf(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && !broken) {
      const wanted = held < prefixBytes ? prefixBytes : prefixBytes + half.readUInt32BE(0);
      const to = Math.min(bytes.length, at + wanted - held);
      hold(bytes, at, to, wanted);
      at = to;
      if (readFrame(half, 0, held) < 0) continue;
      held = 0;
      if (half.length > firstBufferBytes) half = Buffer.alloc(0);
      return at;
    }
    return at;
  }

  return {
    get broken() {
      return broken;
    },
    write(chunk) {
      if (broken) return;
      const bytes = asBuffer(chunk);
      let at = held > 0 ? finishHalf(bytes) : 0;
      while (at < bytes.length && !broken) {
        const next = readFrame(bytes, at, bytes.length);
        if (next < 0) break;
        at = next;
      }
      if (broken) half = Buffer.alloc(0);
      else if (at < bytes.length) hold(bytes, at, bytes.length, bytes.length - at);
    },
    end() {
      if (held > 0 && !broken) sink.reject('incomplete', offset, held);
      held = 0;
    },
  };
}
