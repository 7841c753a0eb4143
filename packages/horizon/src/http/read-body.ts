import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createUnzip } from 'node:zlib';
import type { Clock, RejectionReason } from '@skylark/core';

export interface BodyLimits {
  /** Longest body, as sent and as unpacked (32 MiB). */
  readonly maxBodyBytes: number;
  /** A packed body that grows by more than this, and beyond 1 MiB, is a bomb (300; text packs 5 to 100 times). */
  readonly maxRatio: number;
  /** A body that has not arrived by then is given up (60,000). */
  readonly bodyMs: number;
  /** Bytes of all bodies in hand at most (256 MiB); beyond it requests are told to come again. */
  readonly maxBodiesBytes: number;
}

export const defaultBodyLimits: BodyLimits = { maxBodyBytes: 32 * 1024 * 1024, maxRatio: 300, bodyMs: 60_000, maxBodiesBytes: 256 * 1024 * 1024 };

/** Bytes of bodies in hand, over all requests of one server. */
export interface BodyBudget {
  held: number;
}

/** Why a body was not taken. `reason` is what it is counted as; null: refused for load, a drop. */
export interface BodyRefusal {
  readonly status: 400 | 408 | 413 | 415 | 503;
  readonly reason: RejectionReason | null;
  readonly message: string;
}

export interface ReadBodyOptions {
  readonly limits: BodyLimits;
  readonly budget: BodyBudget;
  readonly clock: Clock;
}

export type BodyOutcome = { readonly bytes: Uint8Array; release(): void } | { readonly refusal: BodyRefusal };

const ratioFromBytes = 1024 * 1024;
/** How much of a refused body is still read and thrown away, in times of the limit, and for how long. */
const discardTimes = 4;
const discardMs = 5000;

/**
 * A request's whole body, unpacked (gzip, deflate). Bounded in size, ratio, time and over all requests; unpacking happens off the event loop.
 * Never rejects. The owner calls `release` when done with the bytes.
 */
export async function readBody(request: IncomingMessage, options: ReadBodyOptions): Promise<BodyOutcome> {
  const { limits, budget, clock } = options;
  const early = refusalOfHeaders(request, limits);
  const done = new AbortController();
  const deadline = clock.sleep(limits.bodyMs, done.signal);
  const outcome = early === null ? await collect(request, limits, budget, deadline) : { refusal: early };
  done.abort();
  if ('refusal' in outcome) discard(request, options);
  return outcome;
}

function refusalOfHeaders(request: IncomingMessage, { maxBodyBytes }: BodyLimits): BodyRefusal | null {
  const encoding = encodingOf(request);
  if (!['identity', 'gzip', 'x-gzip', 'deflate'].includes(encoding)) return { status: 415, reason: 'syntax', message: `unknown content encoding: ${JSON.stringify(encoding.slice(0, 40))}; there are gzip and deflate` };
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return tooLong(maxBodyBytes);
  return null;
}

/** Gathers chunks until the end, or until a limit is passed; takes from the budget as they come. */
function collect(request: IncomingMessage, limits: BodyLimits, budget: BodyBudget, deadline: Promise<void>): Promise<BodyOutcome> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    const unzip = encodingOf(request) === 'identity' ? null : createUnzip();
    let packed = 0;
    let length = 0;
    let finished = false;

    function release(): void {
      budget.held -= length;
      length = 0;
    }
    function finish(outcome: BodyOutcome): void {
      if (finished) return;
      finished = true;
      stopReading(request, unzip, { onPacked, onChunk, onEnd });
      if ('refusal' in outcome) release();
      resolve(outcome);
    }
    function onPacked(chunk: Uint8Array): void {
      packed += chunk.length;
      if (packed > limits.maxBodyBytes) finish({ refusal: tooLong(limits.maxBodyBytes) });
    }
    function onChunk(chunk: Uint8Array): void {
      chunks.push(chunk);
      length += chunk.length;
      budget.held += chunk.length;
      const refusal = refusalOfSize(unzip === null ? length : unzip.bytesWritten, length, limits, budget);
      if (refusal !== null) finish({ refusal });
    }
    function onEnd(): void {
      finish({ bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length), release });
    }

    request.on('data', onPacked);
    request.once('close', () => request.complete || finish(refused(400, 'incomplete', 'the connection ended within the body')));
    request.once('error', () => finish(refused(400, 'incomplete', 'the connection failed within the body')));
    void deadline.then(() => finish(refused(408, 'incomplete', `the body did not arrive within ${limits.bodyMs / 1000} s`)));
    const source = unzip ?? request;
    source.on('data', onChunk);
    source.once('end', onEnd);
    if (unzip === null) return;
    unzip.once('error', (error: NodeJS.ErrnoException) => finish(unreadable(error, packed)));
    request.pipe(unzip);
  });
}

interface Handlers {
  readonly onPacked: (chunk: Uint8Array) => void;
  readonly onChunk: (chunk: Uint8Array) => void;
  readonly onEnd: () => void;
}

function stopReading(request: IncomingMessage, unzip: Transform | null, { onPacked, onChunk, onEnd }: Handlers): void {
  for (const source of [request, unzip]) source?.off('data', onPacked).off('data', onChunk).off('end', onEnd);
  if (unzip === null) return;
  request.unpipe(unzip);
  unzip.destroy();
}

/** `consumed`: what was unpacked so far, which may be less than what has arrived. */
function refusalOfSize(consumed: number, length: number, limits: BodyLimits, budget: BodyBudget): BodyRefusal | null {
  if (length > ratioFromBytes && length > limits.maxRatio * consumed) return { status: 413, reason: 'hostile', message: `the body unpacks to more than ${limits.maxRatio} times its size` };
  if (length > limits.maxBodyBytes) return tooLong(limits.maxBodyBytes);
  if (budget.held > limits.maxBodiesBytes) return { status: 503, reason: null, message: 'too many bodies at a time' };
  return null;
}

/** An unpacker's error: cut short, or not of that kind at all. */
function unreadable(error: NodeJS.ErrnoException, packed: number): BodyOutcome {
  if (packed === 0) return { bytes: new Uint8Array(0), release() {} };
  return error.code === 'Z_BUF_ERROR' ? refused(400, 'incomplete', 'the packed body is cut short') : refused(400, 'syntax', `the body cannot be unpacked: ${error.message}`);
}

function refused(status: BodyRefusal['status'], reason: RejectionReason, message: string): { refusal: BodyRefusal } {
  return { refusal: { status, reason, message } };
}

function tooLong(maxBodyBytes: number): BodyRefusal {
  return { status: 413, reason: 'too-long', message: `the body is longer than ${maxBodyBytes} bytes` };
}

function encodingOf(request: IncomingMessage): string {
  return (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
}

/**
 * Reads on and throws away, within bounds, while the answer is already on its way: a sender that gets a reset in the middle of sending does not
 * see the answer, and the connection can be used again.
 */
export function discard(request: IncomingMessage, { limits, clock }: Pick<ReadBodyOptions, 'limits' | 'clock'>): void {
  if (request.complete || request.destroyed) return;
  const done = new AbortController();
  let thrownAway = 0;
  request.on('data', (chunk: Uint8Array) => {
    thrownAway += chunk.length;
    if (thrownAway > discardTimes * limits.maxBodyBytes) request.destroy();
  });
  request.on('error', () => undefined);
  request.once('close', () => done.abort());
  request.once('end', () => done.abort());
  request.resume();
  void clock.sleep(discardMs, done.signal).then(() => request.complete || request.destroy());
}
