import type { RejectionReason } from '@skylark/core';
import { readHead, typeOf } from './msgpack-layout.js';

export interface MsgpackBounds {
  readonly maxDepth: number;
  /** Elements of one array or map, as declared. */
  readonly maxItems: number;
}

/** Longer texts are never part of a datapoint. */
const maxTextBytes = 1024 * 1024;

export type Measured = { readonly end: number } | { readonly reason: Extract<RejectionReason, 'syntax' | 'hostile' | 'incomplete'>; readonly detail: string };

/**
 * Finds where the value at `start` ends, looking at declared sizes and depth only: nothing is built, no recursion, one pass.
 *
 * @returns the end, or `hostile` for sizes and depth beyond the bounds, `incomplete` for a value that is cut, `syntax` for the byte that msgpack does not use
 */
export function measureMsgpack(bytes: Buffer, start: number, { maxDepth, maxItems }: MsgpackBounds): Measured {
  /** How many values each open container still wants. */
  const wanted = [1];
  let at = start;
  for (;;) {
    while (wanted.at(-1) === 0) wanted.pop();
    if (wanted.length === 0) return { end: at };
    wanted[wanted.length - 1]!--;
    const head = readHead(bytes, at);
    if (head === null) return { reason: 'incomplete', detail: 'ends too early' };
    if (typeOf(bytes[at]!) === 'unused') return { reason: 'syntax', detail: 'byte 0xc1' };
    if (head.end - head.start > maxTextBytes) return { reason: 'hostile', detail: `declares ${head.end - head.start} bytes` };
    if (head.children > maxItems) return { reason: 'hostile', detail: `declares ${head.children} elements` };
    if (head.end > bytes.length) return { reason: 'incomplete', detail: 'ends too early' };
    at = head.end;
    if (head.children === 0) continue;
    if (wanted.push(head.children) - 1 > maxDepth) return { reason: 'hostile', detail: `more than ${maxDepth} levels` };
  }
}
