import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, finding, startApi } from '../../oracle/api-under-test.js';
import { anomalyView } from './anomaly-view.js';

interface Event {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

describe('events', () => {
  let api: ApiUnderTest;
  const open: IncomingMessage[] = [];
  beforeAll(async () => {
    api = await startApi({ read: { eventLimits: { heartbeatMs: 30, maxBufferedBytes: 64 * 1024, stallMs: 500, maxStreams: 12 } } });
  });
  afterEach(() => {
    for (const message of open.splice(0)) message.destroy();
  });
  afterAll(() => api.stop());

  /** Follows the stream; `seen` fills as events come. */
  async function follow(headers: Record<string, string> = {}, path = '/api/v1/events'): Promise<{ seen: Event[]; comments: () => number; message: IncomingMessage; until(count: number): Promise<Event[]> }> {
    const message = await api.open(path, { headers });
    open.push(message);
    const seen: Event[] = [];
    let text = '';
    let comments = 0;
    message.setEncoding('utf8').on('data', (chunk: string) => {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        if (block.startsWith(':')) comments++;
        else if (fields['event'] !== undefined) seen.push({ id: fields['id'] ?? '', event: fields['event'], data: JSON.parse(fields['data'] ?? 'null') as Record<string, unknown> });
      }
    });
    message.on('error', () => undefined);
    return {
      ...{ seen, message, comments: () => comments },
      async until(count) {
        for (let waited = 0; seen.length < count && waited < 10_000; waited += 10) await sleep(10);
        return seen;
      },
    };
  }

  /** What was closed at one end takes a moment to be noticed at the other. */
  const settle = (): Promise<void> => sleep(250);
  const record = (id: string, change: Partial<Parameters<typeof finding>[0]> = {}): Promise<void> => api.backend.anomalies.record([finding({ id, metric: `metric.${id}`, ...change })]);

  describe('GET /api/v1/events', () => {
    it('tells the life of an anomaly as it happens', async () => {
      const stream = await follow();
      expect(stream.message.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform' });
      await record('one');
      await record('one', { score: 80 });
      await api.ask('/api/v1/anomalies/one', { method: 'PATCH', body: { acknowledged: true } });
      await record('one', { score: 80, state: 'closed', end: 2000 });
      const events = await stream.until(4);
      expect(events.map(({ event }) => event)).toEqual(['anomaly.opened', 'anomaly.updated', 'anomaly.updated', 'anomaly.closed']);
      for (const { data } of events) expect(anomalyView.safeParse(data).error).toBeUndefined();
      expect(events.map(({ data }) => data['acknowledged'])).toEqual([false, false, true, true]);
      expect(events.map(({ id }) => id)).toEqual([...new Set(events.map(({ id }) => id))].sort());
    });

    it('goes on after the last id a client has seen, each event once', async () => {
      const first = await follow();
      await record('two');
      const [seen] = await first.until(1);
      first.message.destroy();
      for (let i = 0; i < 1200; i += 100) await api.backend.anomalies.record(Array.from({ length: 100 }, (_, j) => finding({ id: `missed-${i + j}`, metric: 'm' })));
      const again = await follow({ 'last-event-id': seen?.id ?? '' });
      await record('three');
      const events = await again.until(1201);
      await settle();
      expect(events.map(({ data }) => data['id'])).toEqual([...Array.from({ length: 1200 }, (_, i) => `missed-${i}`), 'three']);
      expect(new Set(events.map(({ id }) => id)).size).toBe(1201);
    });

    it('gives all who listen the same, whenever they joined', async () => {
      const streams = await Promise.all(Array.from({ length: 8 }, () => follow()));
      for (let i = 0; i < 20; i++) await record(`all-${i}`);
      for (const stream of streams) expect((await stream.until(20)).map(({ data }) => data['id'])).toEqual(Array.from({ length: 20 }, (_, i) => `all-${i}`));
    });

    it('sends comments while nothing happens', async () => {
      const stream = await follow();
      await sleep(300);
      expect(stream.comments()).toBeGreaterThanOrEqual(3);
      expect(stream.seen).toEqual([]);
    });

    it.each(['<script>', 'abc', '7', '999999999999999', '-----00000000-1', '0'.repeat(5000)])('says resync to who comes back with the id %s, which this log never gave, and goes on', async (id) => {
      const stream = await follow({ 'last-event-id': id });
      await stream.until(1);
      await record(`after-${id.slice(0, 20)}`);
      expect((await stream.until(2)).map(({ event, data }) => [event, data['id']])).toEqual([['resync', undefined], ['anomaly.opened', `after-${id.slice(0, 20)}`]]);
      expect(stream.seen[0]?.id).not.toBe('');
    });

    it('sends names that look like the protocol as data only', async () => {
      const stream = await follow();
      await record('hostile', { metric: 'a\u2028event: anomaly.closed', explanation: 'line\n\nid: 7\r\nevent: x' });
      const [event] = await stream.until(1);
      expect(event).toMatchObject({ event: 'anomaly.opened', data: { metric: 'a\u2028event: anomaly.closed', explanation: 'line\n\nid: 7\r\nevent: x' } });
    });

    it('disconnects a reader that does not read, and serves the others', async () => {
      const good = await follow();
      const slow = connect(api.port, api.host);
      slow.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await new Promise((resolve) => slow.once('data', resolve));
      slow.pause();
      await settle();
      const ended = new Promise<void>((resolve) => slow.once('close', () => resolve()).once('error', () => undefined));
      const explanation = 'x'.repeat(50_000);
      await api.backend.anomalies.record(Array.from({ length: 250 }, (_, i) => finding({ id: `big-${i}`, metric: 'big', explanation })));
      expect(await good.until(250)).toHaveLength(250);
      await sleep(1500);
      let received = 0;
      slow.on('data', (chunk: Buffer) => (received += chunk.length)).resume();
      await ended;
      expect(received).toBeLessThan(250 * explanation.length);
    });

    it('waits for a reader that is slow but reads', async () => {
      const stream = await follow();
      stream.message.pause();
      const explanation = 'y'.repeat(50_000);
      await api.backend.anomalies.record(Array.from({ length: 300 }, (_, i) => finding({ id: `slow-${i}`, metric: 'slow', explanation })));
      await sleep(200);
      stream.message.resume();
      expect((await stream.until(300)).map(({ data }) => data['id'])).toEqual(Array.from({ length: 300 }, (_, i) => `slow-${i}`));
    });

    it('refuses more streams than it can hold, and takes new ones when old ones have gone', async () => {
      await settle();
      const streams = await Promise.all(Array.from({ length: 12 }, () => follow()));
      const refused = await api.ask('/api/v1/events');
      expect(refused.status).toBe(503);
      expect(refused.headers['retry-after']).toBeDefined();
      expect(refused.json()).toMatchObject({ code: 'too-many-streams' });
      for (const { message } of streams) message.destroy();
      await settle();
      expect((await follow()).message.statusCode).toBe(200);
    });

    it('ends its streams when the server drains', async () => {
      const draining = await startApi();
      const message = await draining.open('/api/v1/events');
      const ended = new Promise((resolve) => message.once('end', resolve));
      message.resume();
      draining.api.drain();
      await ended;
      await draining.stop();
    });
  });
});
