import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, finding, startApi } from '../../oracle/api-under-test.js';

interface Found {
  readonly mode: string;
  readonly total: number;
  readonly tookMs: number;
  readonly metrics: { metric: string; firstTimestamp: number | null; lastTimestamp: number | null; ranges?: [number, number][] }[];
}

describe('metrics', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
    for (const metric of ['web.eu.latency', 'web.us.latency', 'db.load', 'skylark.canary']) await api.write(metric, [[1000, 1], [2000, 2]]);
  });
  afterAll(() => api.stop());

  const find = async (query: string): Promise<Found> => (await api.ask(`/api/v1/metrics${query}`)).json<Found>();
  const namesOf = ({ metrics }: Found): string[] => metrics.map(({ metric }) => metric);

  describe('GET /api/v1/metrics', () => {
    it('lists all names with their span, sorted, without our own', async () => {
      const found = await find('');
      expect(found).toMatchObject({ mode: 'all', total: 3 });
      expect(found.tookMs).toBeGreaterThanOrEqual(0);
      expect(found.metrics[0]).toEqual({ metric: 'db.load', firstTimestamp: 1000, lastTimestamp: 2000 });
      expect(namesOf(found)).toEqual(['db.load', 'web.eu.latency', 'web.us.latency']);
    });

    it.each([
      ['?query=web.*', 'glob', ['web.eu.latency', 'web.us.latency']],
      ['?query=%2Fload%24%2F', 'regex', ['db.load']],
      ['?query=%3Ddb.load', 'exact', ['db.load']],
      ['?query=db.load&mode=exact', 'exact', ['db.load']],
      ['?query=db&mode=exact', 'exact', []],
      ['?query=*&mode=glob', 'glob', ['db.load', 'web.eu.latency', 'web.us.latency']],
      ['?query=skylark', 'fuzzy', ['skylark.canary']],
      ['?query=*.canary&internal=true', 'glob', ['skylark.canary']],
      ['?query=*.canary', 'glob', []],
    ])('%s is %s', async (query, mode, names) => {
      const found = await find(query);
      expect(found.mode).toBe(mode);
      expect(namesOf(found)).toEqual(names);
      expect(found.total).toBe(names.length);
    });

    it('says which letters of a fuzzy match matched', async () => {
      const found = await find('?query=eulat');
      expect(found.mode).toBe('fuzzy');
      const [first] = found.metrics;
      expect(first?.metric).toBe('web.eu.latency');
      expect(first?.ranges?.map(([start, end]) => first.metric.slice(start, end)).join('')).toBe('eulat');
    });

    it('answers page by page', async () => {
      const first = await find('?limit=2');
      const second = await find('?limit=2&offset=2');
      expect([first.total, second.total]).toEqual([3, 3]);
      expect([...namesOf(first), ...namesOf(second)]).toEqual(['db.load', 'web.eu.latency', 'web.us.latency']);
    });

    it('knows a new name with the very next request', async () => {
      await find('');
      await api.write('new.one', [[1, 1]]);
      expect(namesOf(await find('?query=%3Dnew.one'))).toEqual(['new.one']);
      await api.backend.series.remove(['new.one']);
      expect(namesOf(await find('?query=%3Dnew.one'))).toEqual([]);
    });

    it.each(['?limit=0', '?limit=10001', '?limit=1e3', '?limit=', '?limit=0x10', '?offset=-1', '?mode=best', '?colour=red', '?query=a&query=b', '?query=%ff', '?__proto__=1', '?internal=yes'])('refuses %s', async (query) => {
      const reply = await api.ask(`/api/v1/metrics${query}`);
      expect(reply.status).toBe(400);
      expect(reply.json()).toMatchObject({ code: 'bad-request', status: 400 });
    });

    it('refuses a pattern that is none', async () => {
      const reply = await api.ask('/api/v1/metrics?query=%2F(%2F');
      expect(reply.status).toBe(400);
      expect(reply.json()).toMatchObject({ code: 'bad-pattern' });
    });
  });

  describe('DELETE /api/v1/metrics', () => {
    it('forgets what a glob names, with its anomalies', async () => {
      await api.write('demo.a', [[1, 1]]);
      await api.write('demo.b', [[1, 1]]);
      await api.backend.anomalies.record([finding({ id: 'demo-1', metric: 'demo.a' })]);
      expect((await api.ask('/api/v1/metrics?query=demo.*', { method: 'DELETE' })).json()).toEqual({ removed: 2 });
      expect((await find('?query=demo.*')).total).toBe(0);
      expect((await api.ask('/api/v1/anomalies/demo-1')).status).toBe(404);
      expect((await api.ask('/api/v1/metrics?query=demo.*', { method: 'DELETE' })).json()).toEqual({ removed: 0 });
    });

    it.each(['', '?query=', '?query=web', '?query=*&mode=fuzzy', '?mode=regex', '?mode=all&query=x'])('refuses %j, which does not say exactly what to remove', async (query) => {
      expect((await api.ask(`/api/v1/metrics${query}`, { method: 'DELETE' })).status).toBe(400);
      expect((await find('')).total).toBe(3);
    });
  });
});

describe('the tree of names', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
    for (const metric of ['web.a.aaa', 'web.a.cpu', 'web.a.load', 'web.b', 'db']) await api.write(metric, [[1_700_000_000, 1]]);
    await api.backend.anomalies.record([finding({ id: 'x', metric: 'web.a.load', score: 80 }), finding({ id: 'y', metric: 'web.a.cpu', score: 30 })]);
  });
  afterAll(() => api.stop());

  it('has counts and the worst severity per branch', async () => {
    expect((await api.ask('/api/v1/metrics/tree')).json()).toEqual({ children: [{ segment: 'db', metrics: 1, leaf: true, severity: null }, { segment: 'web', metrics: 4, leaf: false, severity: 'critical' }] });
    expect((await api.ask('/api/v1/metrics/tree?prefix=web.a')).json()).toEqual({ children: [{ segment: 'aaa', metrics: 1, leaf: true, severity: null }, { segment: 'cpu', metrics: 1, leaf: true, severity: 'minor' }, { segment: 'load', metrics: 1, leaf: true, severity: 'critical' }] });
    expect((await api.ask('/api/v1/metrics/tree?prefix=nothing')).json()).toEqual({ children: [] });
  });

  it('puts the metrics that were anomalous of late first in a search', async () => {
    const { metrics } = (await api.ask('/api/v1/metrics?query=web.*')).json<{ metrics: { metric: string }[] }>();
    expect(metrics.map(({ metric }) => metric)).toEqual(['web.a.cpu', 'web.a.load', 'web.a.aaa', 'web.b']);
  });
});
