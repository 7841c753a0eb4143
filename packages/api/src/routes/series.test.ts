import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, startApi, systemClock } from '../../oracle/api-under-test.js';

interface SeriesAnswer {
  readonly metric: string;
  readonly from: number;
  readonly until: number;
  readonly points: number;
  readonly returned: number;
  readonly resolution: number | null;
  readonly bucketSeconds?: number;
  readonly timestamps: number[];
  readonly values: number[];
  readonly min?: number[];
  readonly max?: number[];
}

const now = 1_700_000_000;
const many = Array.from({ length: 20_000 }, (_, i) => [now - 200_000 + i * 10, Math.sin(i / 50) * 1e3 + i / 7] as const);
describe('series', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi({ clock: { ...systemClock, now: () => now } });
    await api.write('exact', [[1000, 0.1], [1000.25, -0], [1010, 1e300], [1020, 5e-324], [1030, 123456789.123456]]);
    await api.write('many', many);
    await api.write('recent', [[now - 7200, 1], [now - 60, 2], [now + 60, 3]]);
  });
  afterAll(() => api.stop());

  const read = async (query: string): Promise<SeriesAnswer> => (await api.ask(`/api/v1/series${query}`)).json<SeriesAnswer>();

  describe('GET /api/v1/series', () => {
    it('gives every datapoint exactly', async () => {
      expect(await read('?metric=exact&from=0&until=2000')).toEqual({
        ...{ metric: 'exact', from: 0, until: 2000, points: 5, returned: 5, resolution: 9.75 },
        ...{ timestamps: [1000, 1000.25, 1010, 1020, 1030], values: [0.1, 0, 1e300, 5e-324, 123456789.123456] },
      });
    });

    it('gives all that is stored when no window is asked for', async () => {
      const answer = await read('?metric=many');
      expect(answer).toMatchObject({ points: 20_000, returned: 20_000, resolution: 10, from: now - 200_000 });
      expect(answer.timestamps).toEqual(many.map(([time]) => time));
      expect(answer.values).toEqual(many.map(([, value]) => value));
    });

    it('takes windows as [from, until)', async () => {
      expect((await read('?metric=exact&from=1010&until=1030')).timestamps).toEqual([1010, 1020]);
    });

    it('takes times as now-6h', async () => {
      const answer = await read('?metric=recent&from=now-1h&until=now');
      expect(answer).toMatchObject({ from: now - 3600, until: now, timestamps: [now - 60] });
      expect((await read('?metric=recent&from=now-3h&until=now%2B5m')).points).toBe(3);
    });

    it('thins to mean, min and max of at most maxPoints buckets', async () => {
      const answer = await read('?metric=many&maxPoints=300');
      expect(answer.points).toBe(20_000);
      expect(answer.returned).toBeLessThanOrEqual(300);
      expect(answer.returned).toBe(answer.timestamps.length);
      for (const column of [answer.values, answer.min, answer.max]) expect(column).toHaveLength(answer.returned);
      expect(Math.max(...(answer.max ?? []))).toBe(Math.max(...many.map(([, value]) => value)));
      expect(Math.min(...(answer.min ?? []))).toBe(Math.min(...many.map(([, value]) => value)));
      const first = many.filter(([time]) => time < answer.from + (answer.bucketSeconds ?? 0)).map(([, value]) => value);
      expect(answer.values[0]).toBeCloseTo(first.reduce((sum, value) => sum + value, 0) / first.length, 6);
    });

    it('leaves a short series whole though maxPoints was asked for', async () => {
      expect(await read('?metric=exact&from=0&until=2000&maxPoints=5')).toMatchObject({ returned: 5, bucketSeconds: 0, timestamps: [1000, 1000.25, 1010, 1020, 1030] });
    });

    it('answers an empty window of a known metric with nothing', async () => {
      expect(await read('?metric=exact&from=5000&until=6000')).toMatchObject({ points: 0, resolution: null, timestamps: [], values: [] });
    });

    it('says what an unknown metric may have meant', async () => {
      const reply = await api.ask('/api/v1/series?metric=exakt');
      expect(reply.status).toBe(404);
      expect(reply.headers['content-type']).toContain('application/problem+json');
      expect(reply.json()).toMatchObject({ code: 'unknown-metric', status: 404, detail: 'exakt', didYouMean: ['exact'] });
    });

    it.each(['', '?metric=', '?metric=exact&from=2000&until=1000', '?metric=exact&from=1000&until=1000', '?metric=exact&from=yesterday', '?metric=exact&from=NaN', '?metric=exact&maxPoints=0', '?metric=exact&maxPoints=1.5', '?metric=exact&maxPoints=100001', '?metric=exact&width=7'])(
      'refuses %j',
      async (query) => {
        const reply = await api.ask(`/api/v1/series${query}`);
        expect(reply.status).toBe(400);
        expect(reply.json()['detail']).toBeTruthy();
      },
    );

    it('compresses for who asks', async () => {
      const reply = await api.open('/api/v1/series?metric=many', { headers: { 'accept-encoding': 'gzip' } });
      expect(reply.headers['content-encoding']).toBe('gzip');
      reply.destroy();
    });

    it('survives a reader that leaves in the middle', async () => {
      for (let i = 0; i < 5; i++) (await api.open('/api/v1/series?metric=many')).destroy();
      expect((await read('?metric=exact')).points).toBe(5);
      expect(api.logged.filter(({ level }) => level === 'error')).toEqual([]);
    });
  });
});
