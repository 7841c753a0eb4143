import type { AnomalyEvent, AnomalyLog, Clock, Logger } from '@skylark/core';

/** Somebody who listens. Called in order; must not block. */
export interface Listener {
  onEvent(event: AnomalyEvent): void;
  /** Something was missed: what the listener knows is to be read anew. Events go on after `cursor`. */
  onMissed(cursor: string): void;
  /** Resolves when it can take more of the past, or has gone. What is live does not wait. */
  ready(): Promise<void>;
}

/** One reader of the anomaly log for all who listen. */
export interface EventFeed {
  /**
   * Delivers the events after the cursor (null: from now on), each once and in order, until the signal aborts. Resolves when the listener is up to date
   * and live, so that nothing that happens later escapes it.
   */
  listen(listener: Listener, cursor: string | null, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface EventFeedOptions {
  readonly anomalies: Pick<AnomalyLog, 'follow'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const batchLimit = 500;
const waitMs = 10_000;
const pauseAfterFailureMs = 1000;

interface Live {
  readonly listener: Listener;
  /** The last event the listener has, which may be ahead of the feed's own. */
  cursor: string;
}

/**
 * The feed follows the log only while somebody listens. A listener that resumes reads the past by itself up to where the feed is, then joins it:
 * cursors ascend as text, so who has seen what is one comparison, and between that comparison and joining nothing else runs.
 */
export function createEventFeed({ anomalies, clock, logger }: EventFeedOptions): EventFeed {
  const live = new Set<Live>();
  const closing = new AbortController();
  let feedCursor: string | null = null;
  let following: Promise<void> | null = null;
  let pausing = new AbortController();

  return { listen, close };

  async function listen(listener: Listener, resumeFrom: string | null, signal: AbortSignal): Promise<void> {
    let cursor = resumeFrom ?? (await anomalies.follow(null, 1, 0)).cursor;
    while (!signal.aborted && !closing.signal.aborted) {
      if (feedCursor !== null ? cursor >= feedCursor : live.size === 0) return join({ listener, cursor }, signal);
      cursor = await catchUp(listener, cursor);
    }
  }

  /** Reads on by itself; answers where it got to. */
  async function catchUp(listener: Listener, cursor: string): Promise<string> {
    const { cursor: next, events, missed } = await anomalies.follow(cursor, batchLimit, 0);
    if (missed) listener.onMissed(next);
    for (const event of events) listener.onEvent(event);
    await listener.ready();
    return next;
  }

  function join(member: Live, signal: AbortSignal): void {
    live.add(member);
    feedCursor ??= member.cursor;
    signal.addEventListener('abort', () => leave(member), { once: true });
    following ??= follow();
  }

  function leave(member: Live): void {
    live.delete(member);
    if (live.size === 0) pausing.abort();
  }

  async function follow(): Promise<void> {
    while (live.size > 0 && !closing.signal.aborted) {
      pausing = new AbortController();
      const signal = AbortSignal.any([pausing.signal, closing.signal]);
      try {
        const { cursor, events, missed } = await anomalies.follow(feedCursor, batchLimit, waitMs, signal);
        for (const member of live) deliver(member, { cursor, events, missed });
        feedCursor = cursor;
      } catch (error) {
        logger.warn('api.events-failed', { error });
        await clock.sleep(pauseAfterFailureMs, signal);
      }
    }
    // Nobody listens: the next one starts from its own place.
    feedCursor = null;
    following = null;
  }

  async function close(): Promise<void> {
    closing.abort();
    await following;
  }
}

function deliver(member: Live, { cursor, events, missed }: { cursor: string; events: readonly AnomalyEvent[]; missed: boolean }): void {
  const before = member.cursor;
  if (cursor > before) member.cursor = cursor;
  if (missed && cursor > before) member.listener.onMissed(cursor);
  for (const event of events) if (event.cursor > before) member.listener.onEvent(event);
}
