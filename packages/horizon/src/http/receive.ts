import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SkylarkError, type Clock, type IngestProtocol, type Logger } from '@skylark/core';
import type { Intake, Submission } from '../intake/intake.js';
import { discard, readBody, type BodyBudget, type BodyRefusal } from './read-body.js';
import type { WriteLimits } from './write-limits.js';

/** What all write handlers of one server share. */
export interface WriteContext {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: WriteLimits;
  readonly budget: BodyBudget;
  /** How line protocol becomes metric names; see `compileInfluxTemplate`. */
  readonly influxTemplate?: string | undefined;
}

/**
 * Hands a request's body to `use`; counts a body that is not taken as one item of the protocol. Answers what `use` answers, or the refusal.
 * While the intake is paused nothing is read.
 */
export async function receive<T>(request: IncomingMessage, context: WriteContext, protocol: IngestProtocol, use: (bytes: Uint8Array) => Promise<T>): Promise<T | { readonly refusal: BodyRefusal }> {
  const { intake } = context;
  if (intake.paused) {
    intake.drop(protocol);
    discard(request, context);
    return { refusal: { status: 503, reason: null, message: 'more is in hand than the store has taken yet' } };
  }
  const body = await readBody(request, context);
  if ('refusal' in body) {
    if (body.refusal.reason === null) intake.drop(protocol);
    else intake.refuse(protocol, body.refusal.reason);
    return body;
  }
  try {
    return await use(body.bytes);
  } finally {
    body.release();
  }
}

/** Calls `decode` for each slice, other work of the event loop between; false as soon as `decode` says so. */
export async function eachSlice(slices: Iterable<Uint8Array>, decode: (slice: Uint8Array) => boolean): Promise<boolean> {
  let first = true;
  for (const slice of slices) {
    if (!first) await nextTurn();
    first = false;
    if (!decode(slice)) return false;
  }
  return true;
}

/** Fills a submission; one that throws leaves nothing behind. */
export async function fill<T>(submission: Submission, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    submission.abandon('syntax');
    throw error;
  }
}

/** Commits within the time a sender is made to wait; beyond it rejects with `store-away`, while the datapoints may still be stored. */
export async function commitInTime(submission: Submission, { clock, limits }: WriteContext): Promise<void> {
  const done = new AbortController();
  const late = clock.sleep(limits.commitMs, done.signal).then(() => {
    throw new SkylarkError('store-away', `not stored within ${limits.commitMs / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    await Promise.race([submission.commit(), late]);
  } finally {
    done.abort();
  }
}
