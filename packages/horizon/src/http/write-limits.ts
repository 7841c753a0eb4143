import { defaultBodyLimits, type BodyLimits } from './read-body.js';

export interface WriteLimits extends BodyLimits {
  /** Longest line of line protocol (64 KiB). */
  readonly maxLineBytes: number;
  /** How much of a body is decoded in one turn of the event loop (256 KiB, a few milliseconds). */
  readonly sliceBytes: number;
  /** How long a request waits for the store before it is told to come again (30,000). */
  readonly commitMs: number;
}

export const defaultWriteLimits: WriteLimits = { ...defaultBodyLimits, maxLineBytes: 64 * 1024, sliceBytes: 256 * 1024, commitMs: 30_000 };
