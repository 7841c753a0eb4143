import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, finding, startApi } from '../../oracle/api-under-test.js';
import { type AnomalyView, anomalyView } from './anomaly-view.js';

interface Page {
  readonly total: number;
  readonly anomalies: AnomalyView[];
  readonly nextCursor?: string;
}

describe('anomalies', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
    await api.backend.anomalies.record([
      finding({ id: 'a', metric: 'web.eu.latency', score: 90, start: 1000 }),
      finding({ id: 'b', metric: 'web.us.latency', score: 60, start: 2000 }),
      finding({ id: 'c', metric: 'db.load', score: 30, start: 3000, state: 'closed', end: 3500 }),
      finding({ id: 'd', metric: 'db.stopped', kind: 'stopped', score: 50, votes: {}, detectors: [], expected: null, start: 4000 }),
      finding({ id: 'x/y z', metric: 'odd', score: 10, start: 9000, state: 'closed', end: 9001 }),
    ]);
  });
  afterAll(() => api.stop());

  const list = async (query: string): Promise<Page> => (await api.ask(`/api/v1/anomalies${query}`)).json<Page>();
  const idsOf = ({ anomalies }: Page): string[] => anomalies.map(({ id }) => id);

  describe('GET /api/v1/anomalies', () => {
    it('lists what is open, highest score first, each as published', async () => {
      const page = await list('');
      expect(page.total).toBe(3);
      expect(idsOf(page)).toEqual(['a', 'b', 'd']);
      expect(page.anomalies.map(({ severity }) => severity)).toEqual(['critical', 'major', 'major']);
      for (const anomaly of page.anomalies) expect(anomalyView.safeParse(anomaly).error).toBeUndefined();
      expect(page.anomalies[0]).not.toHaveProperty('lastFlagged');
      expect(page.anomalies[0]?.votes).toEqual({ 'first-hour-average': true, grubbs: false, 'ks-test': null });
    });

    it.each([
      ['?state=closed', ['c', 'x/y z']],
      ['?state=all', ['a', 'b', 'd', 'c', 'x/y z']],
      ['?query=web.*', ['a', 'b']],
      ['?query=LATENCY%20eu', ['a']],
      ['?query=%3Ddb.stopped', ['d']],
      ['?query=%2F%5Edb%2F&state=all', ['d', 'c']],
      ['?minScore=60', ['a', 'b']],
      ['?state=all&from=3400&until=3600', ['a', 'b', 'c']],
      ['?state=all&from=3501&until=3600', ['a', 'b']],
      ['?state=all&until=1500', ['a']],
    ])('%s', async (query, ids) => {
      const page = await list(query);
      expect(idsOf(page)).toEqual(ids);
      expect(page.total).toBe(ids.length);
    });

    it('pages on by cursor', async () => {
      const seen: string[] = [];
      for (let query = '?state=all&limit=2'; ; ) {
        const page = await list(query);
        expect(page.total).toBe(5);
        seen.push(...idsOf(page));
        if (page.nextCursor === undefined) break;
        query = `?state=all&limit=2&cursor=${encodeURIComponent(page.nextCursor)}`;
      }
      expect(seen).toEqual(['a', 'b', 'd', 'c', 'x/y z']);
    });

    it.each(['?state=new', '?limit=0', '?limit=1001', '?minScore=101', '?from=soon', '?sort=name', '?query=%2F%5B%2F'])('refuses %s', async (query) => {
      expect((await api.ask(`/api/v1/anomalies${query}`)).status).toBe(400);
    });
  });

  describe('GET /api/v1/anomalies/{id}', () => {
    it('gives one, whatever its id is made of', async () => {
      expect((await api.ask('/api/v1/anomalies/a')).json()).toMatchObject({ id: 'a', metric: 'web.eu.latency', severity: 'critical', acknowledged: false, note: null });
      expect((await api.ask(`/api/v1/anomalies/${encodeURIComponent('x/y z')}`)).json()).toMatchObject({ id: 'x/y z' });
    });

    it.each(['nobody', '__proto__', 'constructor', '%2e%2e', '%E2%80%AE'])('does not know %s', async (id) => {
      const reply = await api.ask(`/api/v1/anomalies/${id}`);
      expect(reply.status).toBe(404);
      expect(reply.json()).toMatchObject({ code: 'unknown-anomaly' });
    });

    it('refuses an id that is not UTF-8', async () => {
      expect((await api.ask('/api/v1/anomalies/%ff')).status).toBe(400);
    });
  });

  describe('PATCH /api/v1/anomalies/{id}', () => {
    const patch = (id: string, body: unknown) => api.ask(`/api/v1/anomalies/${id}`, { method: 'PATCH', body });

    it('keeps what people say, part by part, and by whom', async () => {
      expect((await patch('b', { acknowledged: true, note: 'known; see <b>wiki</b>' })).json()).toMatchObject({ id: 'b', acknowledged: true, note: 'known; see <b>wiki</b>', feedback: null, by: 'anonymous' });
      expect((await patch('b', { feedback: 'false-alarm', mutedUntil: 5000 })).json()).toMatchObject({ acknowledged: true, feedback: 'false-alarm', mutedUntil: 5000, score: 60 });
      const reply = await patch('b', { feedback: null, mutedUntil: null, note: null, acknowledged: false });
      expect(reply.json()).toMatchObject({ acknowledged: false, feedback: null, mutedUntil: null, note: null });
      expect((await api.ask('/api/v1/anomalies/b')).json()).toEqual({ ...reply.json(), seenBefore: [] });
    });

    it('mutes for an hour', async () => {
      const before = Date.now() / 1000;
      const { mutedUntil } = (await patch('b', { mutedUntil: 'now+1h' })).json<{ mutedUntil: number }>();
      expect(mutedUntil).toBeGreaterThanOrEqual(before + 3600);
      expect(mutedUntil).toBeLessThan(before + 3660);
    });

    it('does not know an anomaly that is not there', async () => {
      const reply = await patch('nobody', { acknowledged: true });
      expect(reply.status).toBe(404);
      expect(reply.json()).toMatchObject({ code: 'unknown-anomaly' });
    });

    it.each([{}, { by: 'root' }, { score: 1 }, { acknowledged: 'yes' }, { feedback: 'maybe' }, { mutedUntil: 'later' }, { mutedUntil: -1 }, { note: 7 }, { note: 'x'.repeat(10_001) }, [], null, 'text', '{"acknowledged":true,"__proto__":{"score":1}}'])('refuses %j', async (body) => {
      const reply = await api.ask('/api/v1/anomalies/a', { method: 'PATCH', body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': 'application/json' } });
      expect(reply.status).toBe(400);
      expect((await api.ask('/api/v1/anomalies/a')).json()).toMatchObject({ acknowledged: false, score: 90, note: null });
    });
  });
});
