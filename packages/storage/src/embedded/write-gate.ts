import { SkylarkError, type Clock, type ErrorCode, type Logger } from '@skylark/core';
import { isDiskError, whyWritesFail } from './disk-probe.js';
import { markSuspect } from './pages/salvage.js';

/** What writing is like: `full` mends itself, `failed` and `closed` stay. */
export type WriteState = 'ok' | 'full' | 'failed' | 'closed';

/** Thrown by a commit that did not reach the disk, as against what the work inside threw. `cause` is the library's own. */
export class CommitFailed extends Error {}

/** While the disk is full, one write in this time is let through to see whether it still is. */
const retryFullMs = 1000;
/** Longer than this without one commit that succeeds is more than the library's known mishap. */
const givenUpMs = 10_000;

export interface WriteGate {
  readonly state: () => WriteState;
  readonly pass: <T>(write: () => Promise<T>) => Promise<T>;
  /** Another thread met a failing disk. */
  readonly fail: (reason: string) => void;
  readonly close: () => void;
}

export interface WriteGateOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What a failed commit means for the next ones. A full disk: refuse, but try again now and then. Anything else (EIO on a sync): the kernel may
 * have dropped what it could not write and will not say so twice, so nothing is acknowledged until a restart has read what is really there.
 * A transaction that the library gave up before its first page was written has changed nothing: that one is refused and may be repeated.
 */
export function createWriteGate({ folder, clock, logger }: WriteGateOptions, tellFailed: (reason: string) => void): WriteGate {
  let state: WriteState = 'ok';
  let detail = '';
  let tryAgainAt = 0;
  /** Since when nothing but mishaps. */
  let givenUpSince: number | null = null;
  const codes: Record<Exclude<WriteState, 'ok'>, ErrorCode> = { full: 'store-full', failed: 'store-failed', closed: 'store-closed' };
  const turn = (next: WriteState, why: string): void => {
    detail = why;
    if (state === next || state === 'closed') return;
    state = next;
    if (next === 'ok') logger.info('store.writable');
    else logger.error(`store.${next}`, { folder, reason: why });
  };
  const failed = async (error: CommitFailed): Promise<SkylarkError> => {
    const { cause } = error;
    if (state === 'ok' && wasGivenUp(cause)) {
      givenUpSince ??= clock.elapsedMs();
      logger.warn('store.commit-given-up', { folder, reason: cause.message });
      if (clock.elapsedMs() - givenUpSince < givenUpMs) return new SkylarkError('store-away', folder, { cause });
    }
    const why = await whyWritesFail(folder, cause);
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (why === 'failed' && state !== 'failed') {
      tellFailed(reason);
      if (!isDiskError(cause)) markSuspect(folder, reason);
    }
    if (state !== 'failed') turn(why, reason);
    tryAgainAt = clock.elapsedMs() + retryFullMs;
    return new SkylarkError(state === 'ok' ? 'store-away' : codes[state], folder, { cause });
  };
  return {
    state: () => state,
    async pass(write) {
      if (state === 'full' && clock.elapsedMs() >= tryAgainAt) tryAgainAt = clock.elapsedMs() + retryFullMs;
      else if (state !== 'ok') throw new SkylarkError(codes[state], state === 'closed' ? '' : `${folder}: ${detail}`);
      try {
        const result = await write();
        givenUpSince = null;
        if (state === 'full') turn('ok', '');
        // Another commit met a failing sync while this one was under way: neither may be believed.
        if ((state as WriteState) === 'failed') throw new SkylarkError('store-failed', folder);
        return result;
      } catch (error) {
        throw error instanceof CommitFailed ? await failed(error) : error;
      }
    },
    fail: (reason) => turn('failed', reason),
    close: () => void (state = 'closed'),
  };
}

/**
 * lmdb 3.5.6 saves its list of free pages before it writes anything, and looks at the size of an entry before it looks whether there is one: with
 * bad luck what was on the stack makes it give up a transaction that is in order (`mdb_freelist_save`). It then throws its list away and reads it anew.
 */
function wasGivenUp(cause: unknown): cause is Error {
  return cause instanceof Error && /freelist had a data entry with zero-size/.test(cause.message);
}
