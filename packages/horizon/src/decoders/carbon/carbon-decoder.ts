import { asBuffer } from '../bytes.js';
import type { ItemSink, StreamDecoder } from '../decoder.js';
import { createCarbonLineReader } from './carbon-lines.js';

export interface CarbonOptions {
  /** Longest line without its newline; a longer one is one rejected item (16,384). */
  readonly maxLineBytes?: number;
}

const newline = 0x0a;
const defaultMaxLineBytes = 16_384;

/**
 * Carbon's plaintext protocol on a stream: lines `metric value timestamp`, the timestamp -1 means now. A bad line is one rejected item and the
 * next is read; of a line that is too long nothing is kept. Holds at most one line.
 *
 * Rejects with: syntax, bad-name (tags), bad-value, nan, bad-timestamp, too-long, not-utf8, incomplete. Source: wire-rules.md, carbon/protocols.py.
 *
 * @example const decoder = createCarbonDecoder(sink);
 * decoder.write(Buffer.from('web.1.cpu 0.5 1700000000\n'));
 */
export function createCarbonDecoder(sink: ItemSink, { maxLineBytes = defaultMaxLineBytes }: CarbonOptions = {}): StreamDecoder {
  const readLines = createCarbonLineReader(sink, maxLineBytes);
  /** The half line between two chunks; `dropped` counts its bytes instead once it is too long. */
  let half: Buffer = Buffer.alloc(0);
  let held = 0;
  let dropped = 0;
  /** Where the next chunk starts in the stream, and where the half line does. */
  let offset = 0;
  let halfOffset = 0;

  function hold(bytes: Buffer, from: number): void {
    const length = bytes.length - from;
    if (length === 0) return;
    if (held + dropped === 0) halfOffset = offset + from;
    if (dropped > 0 || held + length > maxLineBytes) {
      dropped += held + length;
      held = 0;
      half = Buffer.alloc(0);
      return;
    }
    if (half.length < held + length) half = grown(half, held, Math.min(maxLineBytes, Math.max(512, 2 * (held + length))));
    bytes.copy(half, held, from);
    held += length;
  }

  function finishHalf(bytes: Buffer, lineEnd: number): void {
    if (held + dropped + lineEnd > maxLineBytes) sink.reject('too-long', halfOffset, held + dropped + lineEnd);
    else {
      const line = Buffer.concat([half.subarray(0, held), bytes.subarray(0, lineEnd)]);
      readLines(line, 0, line.length, halfOffset);
    }
    held = 0;
    dropped = 0;
  }

  return {
    broken: false,
    write(chunk) {
      const bytes = asBuffer(chunk);
      let start = 0;
      if (held + dropped > 0) {
        const found = bytes.indexOf(newline);
        if (found >= 0) finishHalf(bytes, found);
        start = found + 1;
      }
      const end = bytes.lastIndexOf(newline) + 1;
      if (end > start) readLines(bytes, start, end, offset + start);
      hold(bytes, Math.max(start, end));
      offset += bytes.length;
    },
    end() {
      if (dropped > 0) sink.reject('too-long', halfOffset, dropped);
      else if (!isBlank(half, held)) sink.reject('incomplete', halfOffset, held);
      held = 0;
      dropped = 0;
    },
  };
}

/** The lines of one UDP datagram (or one Kafka value): as on a stream, but its end ends the last line too. */
export function decodeCarbonDatagram(bytes: Uint8Array, sink: ItemSink, { maxLineBytes = defaultMaxLineBytes }: CarbonOptions = {}): void {
  createCarbonLineReader(sink, maxLineBytes)(asBuffer(bytes), 0, bytes.length, 0);
}

function grown(old: Buffer, used: number, size: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(size);
  old.copy(larger, 0, 0, used);
  return larger;
}

/** White space and NUL alone (gmetad sends a NUL after its last line). */
function isBlank(bytes: Buffer, length: number): boolean {
  for (let i = 0; i < length; i++) if (!(bytes[i] === 0 || bytes[i] === 0x20 || (bytes[i]! >= 0x09 && bytes[i]! <= 0x0d))) return false;
  return true;
}
