import { type AnomalyEvent, type AnomalyLog, type Clock, isSkylarkError, type Logger } from '@skylark/core';

/** Somebody who listens. Called in order; must not block. */
export interface Listener {
  readonly onEvent: (event: AnomalyEvent) => void;
  /** Something was missed: what the listener knows is to be read anew. Events go on after `cursor`. */
  readonly onMissed: (cursor: string) => void;
  /** It has as much waiting as it may hold. */
  readonly isFull: () => boolean;
  /** Resolves when it is not full, or has gone. */
  readonly ready: () => Promise<void>;
}

/** One reader of the anomaly log for all who listen. */
export interface EventFeed {
  /** The cursor of now. @throws SkylarkError store-away and its like */
  readonly head: () => Promise<string>;
  /** Delivers the events after the cursor, each once and in order, until the signal aborts; then it resolves. Rejects when the past cannot be read. */
  readonly listen: (listener: Listener, cursor: string, signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface EventFeedOptions {
  readonly anomalies: Pick<AnomalyLog, 'follow'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const batchLimit = 500;
/** Held by each listener that reads by itself, while it waits for its client. */
const catchUpLimit = 20;
const waitMs = 10_000;
const pauseAfterFailureMs = 1000;

interface Member {
  readonly listener: Listener;
  /** The last event it has, which may be ahead of the feed's own. */
  cursor: string;
  readonly leave: () => void;
}

/** Where a listener is; behind: there is more of the past to read before it may join. */
interface Place {
  readonly cursor: string;
  readonly behind: boolean;
}

/**
 * The feed follows the log only while somebody listens. Who resumes, or is too slow to keep up, reads the past by itself, at its own pace, up to where the feed is, and then joins it:
 * cursors ascend as text, so who has seen what is one comparison, and between that comparison and joining nothing else runs.
 */
export function createEventFeed({ anomalies, clock, logger }: EventFeedOptions): EventFeed {
  const members = new Set<Member>();
  const closing = new AbortController();
  let feedCursor: string | null = null;
  let following: Promise<void> | null = null;
  let pausing = new AbortController();

  const head = async (): Promise<string> => (await anomalies.follow(null, 1, 0)).cursor;

  return {
    head,
    async listen(listener, resumeFrom, signal) {
      let at = await begin(listener, resumeFrom, signal);
      while (!signal.aborted && !closing.signal.aborted) {
        await listener.ready();
        const mayJoin = !at.behind && (feedCursor === null ? members.size === 0 : at.cursor >= feedCursor);
        at = mayJoin ? await beMember(listener, at.cursor, signal) : await catchUp(listener, at.cursor, signal);
      }
    },
    async close() {
      closing.abort();
      for (const { leave } of members) leave();
      await following;
    },
  };

  /** Where a listener starts. A place this log never gave (another store's, an invented one) is no place to resume from: something was missed. */
  async function begin(listener: Listener, resumeFrom: string, signal: AbortSignal): Promise<Place> {
    const now = await head();
    try {
      if (resumeFrom.length === now.length && resumeFrom <= now) return await catchUp(listener, resumeFrom, signal);
    } catch (error) {
      if (!isSkylarkError(error, 'bad-request')) throw error;
    }
    listener.onMissed(now);
    return { cursor: now, behind: false };
  }

  /** Reads on by itself; answers where it got to. */
  async function catchUp(listener: Listener, cursor: string, signal: AbortSignal): Promise<Place> {
    const { cursor: next, events, missed } = await anomalies.follow(cursor, catchUpLimit, 0);
    if (missed) listener.onMissed(next);
    for (const event of events) {
      if (listener.isFull()) await listener.ready();
      if (signal.aborted) break;
      listener.onEvent(event);
    }
    return { cursor: next, behind: events.length >= catchUpLimit };
  }

  /** Gets events as they come, until it has gone or is full; answers where it got to. */
  function beMember(listener: Listener, cursor: string, signal: AbortSignal): Promise<Place> {
    return new Promise((resolve) => {
      const member: Member = { listener, cursor, leave };
      if (signal.aborted) return resolve({ cursor, behind: true });
      members.add(member);
      feedCursor ??= cursor;
      signal.addEventListener('abort', leave, { once: true });
      following ??= follow();

      function leave(): void {
        members.delete(member);
        signal.removeEventListener('abort', leave);
        if (members.size === 0) pausing.abort();
        resolve({ cursor: member.cursor, behind: true });
      }
    });
  }

  async function follow(): Promise<void> {
    while (members.size > 0 && !closing.signal.aborted) {
      pausing = new AbortController();
      const signal = AbortSignal.any([pausing.signal, closing.signal]);
      try {
        const news = await anomalies.follow(feedCursor, batchLimit, waitMs, signal);
        for (const member of [...members]) deliver(member, news);
        feedCursor = news.cursor;
      } catch (error) {
        logger.warn('api.events-failed', { error });
        await clock.sleep(pauseAfterFailureMs, signal);
      }
    }
    // Nobody listens: the next one starts from its own place.
    feedCursor = null;
    following = null;
  }
}

function deliver(member: Member, { cursor, events, missed }: { cursor: string; events: readonly AnomalyEvent[]; missed: boolean }): void {
  const { listener } = member;
  if (missed && cursor > member.cursor) listener.onMissed(cursor);
  for (const event of events) {
    if (event.cursor <= member.cursor) continue;
    if (listener.isFull()) return member.leave();
    listener.onEvent(event);
    member.cursor = event.cursor;
  }
  if (cursor > member.cursor) member.cursor = cursor;
}
