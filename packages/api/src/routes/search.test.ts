import { type SearchAnswer, SkylarkError } from '@skylark/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, startApi, systemClock } from '../../oracle/api-under-test.js';

const now = 1_700_000_000;
const wave = (phase: number): [number, number][] => Array.from({ length: 120 }, (_, i) => [now - 3600 + i * 30, Math.sin(i / 9 + phase)]);
describe('search', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi({ clock: { ...systemClock, now: () => now } });
    await api.write('wave.query', wave(0));
    await api.write('wave.near', wave(0.05).map(([time, value]) => [time, 7 + 3 * value]));
    await api.write('wave.far', wave(2));
    await api.write('flat', wave(0).map(([time]) => [time, 4]));
    await api.write('lonely', [[now - 100, 1]]);
  });
  afterAll(() => api.stop());

  const search = (body: unknown) => api.ask('/api/v1/search', { method: 'POST', body });

  describe('POST /api/v1/search', () => {
    it('finds look-alikes of a metric, nearest first, with the report of its stages', async () => {
      const answer = (await search({ metric: 'wave.query' })).json<SearchAnswer>();
      expect(answer.matches.map(({ metric }) => metric)).toEqual(['wave.near', 'wave.far']);
      expect(answer.total).toBe(2);
      expect(answer.matches[0]?.distance).toBeLessThan(answer.matches[1]?.distance ?? 0);
      expect(answer.query.metric).toBe('wave.query');
      expect(answer.query.until - answer.query.from).toBe(3600);
      expect(answer.query.values).toHaveLength(answer.length);
      expect(answer.stages.length).toBeGreaterThan(0);
      expect(answer.tookMs).toBeGreaterThanOrEqual(0);
    });

    it('takes times in words, a curve, a page, and who is no candidate', async () => {
      expect((await search({ metric: 'wave.query', from: 'now-30m', until: 'now' })).json<SearchAnswer>().query).toMatchObject({ from: now - 1800, until: now });
      const drawn = (await search({ values: wave(0).map(([, value]) => value), method: 'euclidean', scope: 'live', limit: 1 })).json<SearchAnswer>();
      expect(drawn.matches.map(({ metric }) => metric)).toEqual(['wave.query']);
      expect((await search({ metric: 'wave.query', exclude: ['*.near'] })).json<SearchAnswer>().matches.map(({ metric }) => metric)).toEqual(['wave.far']);
    });

    it('takes a curve with a stretch that does not count, and ways to lie freely', async () => {
      const careless = wave(0).map(([, value], i) => (i > 50 && i < 60 ? null : value));
      const answer = (await search({ values: careless, mirrored: true, maxLagSeconds: 120, ignore: ['height', 'level'], scope: 'live', budgetMs: 60_000 })).json<SearchAnswer>();
      expect(answer.partial).toBeNull();
      const own = answer.matches.find(({ metric }) => metric === 'wave.query');
      expect(own).toMatchObject({ sign: 1 });
      expect(Math.abs(own!.lagSeconds!)).toBeLessThanOrEqual(31);
      expect(answer.query.values[55]).toBeNull();
      expect((await search({ values: [1, null] })).json()).toMatchObject({ code: 'too-few-points' });
    });

    it('tells what changed in a window, most first', async () => {
      await api.write('steady.broke', Array.from({ length: 150 }, (_, i) => [now - 9000 + i * 60, i < 120 ? 5 + Math.sin(i * 7) : 50 + Math.sin(i * 7)]));
      await api.write('steady.still', Array.from({ length: 150 }, (_, i) => [now - 9000 + i * 60, 5 + Math.sin(i * 7)]));
      const { changes } = (await api.ask('/api/v1/changes?from=now-30m&limit=2')).json<{ changes: { metric: string; statistic: number; anomalyRate: number }[] }>();
      expect(changes).toHaveLength(2);
      expect(changes[0]).toMatchObject({ metric: 'steady.broke', anomalyRate: 0 });
      expect(changes[0]!.statistic).toBeGreaterThan(0.8);
      expect((await api.ask('/api/v1/changes?from=now&until=now-1h')).status).toBe(400);
      await api.ask('/api/v1/metrics?query=steady.*', { method: 'DELETE' });
    });

    it('explains a match by its path', async () => {
      const answer = (await search({ metric: 'wave.query', explain: true, limit: 1 })).json<SearchAnswer>();
      expect(answer.matches[0]?.path?.[0]).toEqual([0, 0]);
    });

    it.each([
      [{ metric: 'wave.qery' }, 404, 'unknown-metric'],
      [{ anomaly: 'nobody' }, 404, 'unknown-anomaly'],
      [{ metric: 'flat' }, 422, 'flat-query'],
      [{ metric: 'lonely' }, 422, 'too-few-points'],
    ])('%j is %s %s', async (body, status, code) => {
      const reply = await search(body);
      expect(reply.status).toBe(status);
      expect(reply.json()).toMatchObject({ code, status });
    });

    it('says what an unknown metric may have meant', async () => {
      expect((await search({ metric: 'wave.quer' })).json()).toMatchObject({ didYouMean: ['wave.query'] });
    });

    it.each([
      {},
      { metric: 'a', anomaly: 'b' },
      { values: [1] },
      { values: [1, '2'] },
      { metric: 'wave.query', ignore: ['size'] },
      { metric: 'wave.query', maxLagSeconds: -1 },
      { metric: 'wave.query', budgetMs: 0 },
      { values: 'text' },
      { metric: 'wave.query', method: 'cosine' },
      { metric: 'wave.query', band: 2 },
      { metric: 'wave.query', limit: 0 },
      { metric: 'wave.query', limit: 100_000 },
      { metric: 'wave.query', radius: -1 },
      { metric: 'wave.query', from: now, until: now - 1 },
      { metric: 'wave.query', from: 'soon' },
      { metric: 'wave.query', exclude: ['/(/'] },
      { metric: 'wave.query', colour: 'red' },
      { metric: ['wave.query'] },
    ])('refuses %j', async (body) => {
      expect((await search(body)).status).toBe(400);
    });

    it('runs so many searches at once and no more', async () => {
      const finish: (() => void)[] = [];
      const busy = await startApi({ read: { search: () => new Promise((_, reject) => finish.push(() => reject(new SkylarkError('flat-query', 'a')))) } });
      const asked = Array.from({ length: 17 }, () => busy.ask('/api/v1/search', { method: 'POST', body: { metric: 'a' } }));
      const refused = await Promise.race(asked);
      expect(refused.status).toBe(503);
      expect(refused.json()).toMatchObject({ code: 'too-many-searches' });
      for (const end of finish) end();
      expect((await Promise.all(asked)).filter(({ status }) => status === 422)).toHaveLength(16);
      const again = busy.ask('/api/v1/search', { method: 'POST', body: { metric: 'a' } });
      while (finish.length < 17) await new Promise((resolve) => setImmediate(resolve));
      finish.at(-1)?.();
      expect((await again).status).toBe(422);
      await busy.stop();
    });

    it('refuses numbers that are none', async () => {
      const reply = await api.ask('/api/v1/search', { method: 'POST', body: '{"values":[1,1e400]}', headers: { 'content-type': 'application/json' } });
      expect(reply.status).toBe(400);
    });
  });
});
