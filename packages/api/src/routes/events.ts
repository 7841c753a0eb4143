import type { AnomalyEvent, AnomalyEventType, Clock, Logger } from '@skylark/core';
import { z } from 'zod';
import type { EventFeed } from '../events/event-feed.js';
import { type EventStream, openEventStream } from '../events/event-stream.js';
import { Problem } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import { viewOf } from './anomaly-view.js';

export interface EventRouteOptions {
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts when the server drains: streams end, their clients come back elsewhere. */
  readonly draining: AbortSignal;
  readonly limits?: { readonly maxStreams?: number; readonly maxBufferedBytes?: number; readonly stallMs?: number; readonly heartbeatMs?: number };
}

/** What people say of an anomaly changes it, as the outside sees it. */
const eventNames: Readonly<Record<AnomalyEventType, string>> = {
  opened: 'anomaly.opened',
  updated: 'anomaly.updated',
  closed: 'anomaly.closed',
  annotated: 'anomaly.updated',
  removed: 'anomaly.removed',
};

/** `GET /api/v1/events`: what happens to anomalies, as it happens. */
export function eventRoutes({ feed, clock, logger, draining, limits = {} }: EventRouteOptions): Route[] {
  const { maxStreams = 500, maxBufferedBytes = 1024 * 1024, stallMs = 10_000, heartbeatMs = 15_000 } = limits;
  const streams = new Set<EventStream>();
  draining.addEventListener('abort', () => streams.forEach(({ end }) => end()), { once: true });
  const follow = defineRoute({
    method: 'GET',
    path: '/api/v1/events',
    may: 'read',
    summary: 'Server-sent events: anomaly.opened, anomaly.updated, anomaly.closed, anomaly.removed, each with the whole anomaly',
    query: z.strictObject({ lastEventId: z.string().max(128).optional().meta({ description: 'as the header Last-Event-ID, for programs that cannot set it' }) }),
    answers: { 200: { description: 'the stream; an event `resync` says that events were missed and lists are to be read anew', type: 'text/event-stream' } },
    problems: ['too-many-streams'],
    async handle({ query: { lastEventId }, request, response }) {
      if (request.method === 'HEAD') {
        response.type('text/event-stream').end();
        return;
      }
      if (streams.size >= maxStreams) throw new Problem('too-many-streams', `${maxStreams} are open`);
      const resumeFrom = request.get('last-event-id') ?? lastEventId ?? '';
      // Before the head of the answer: whoever has it misses nothing from then on.
      const cursor = resumeFrom === '' ? await feed.head() : resumeFrom;
      const stream = openEventStream(response, { clock, maxBufferedBytes, stallMs, heartbeatMs });
      const { signal, send, isFull, ready } = stream;
      const onMissed = (id: string): void => send({ id, event: 'resync', data: '{}' });
      streams.add(stream);
      try {
        await feed.listen({ onEvent: (event) => send(toServerSent(event)), onMissed, isFull, ready }, cursor, signal);
      } catch (error) {
        logger.warn('api.events-failed', { error });
      } finally {
        streams.delete(stream);
        stream.end();
      }
    },
  });
  return [follow];
}

function toServerSent({ cursor, type, anomaly }: AnomalyEvent): { id: string; event: string; data: string } {
  return { id: cursor, event: eventNames[type], data: JSON.stringify(viewOf(anomaly)) };
}
