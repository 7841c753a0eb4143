import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, finding, startApi } from '../../oracle/api-under-test.js';

describe('Skyline', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
    await api.write('web.cpu', [[1000, 1], [200_000, 2.5], [200_010, 3]]);
    await api.backend.anomalies.record([
      finding({ id: '1', metric: 'web.z', value: 7 }),
      finding({ id: '2', metric: '</script><script>alert("x")\u2028', value: 1.5 }),
      finding({ id: '3', metric: 'closed', state: 'closed', end: 2000 }),
    ]);
  });
  afterAll(() => api.stop());

  describe("Skyline's routes", () => {
    it('gives the last day of a metric', async () => {
      expect((await api.ask('/api?metric=web.cpu')).json()).toEqual({ results: [[200_000, 2.5], [200_010, 3]] });
      expect((await api.ask('/api?metric=metrics.web.cpu')).json()).toEqual({ results: [[200_000, 2.5], [200_010, 3]] });
    });

    it.each(['/api?metric=web.mem', '/api?metric=', '/api'])('answers %s as Skyline did', async (path) => {
      const reply = await api.ask(path);
      expect(reply.status).toBe(404);
      expect(reply.text).toBe('{"results":"Error: No metric by that name"}');
    });

    it('lists open anomalies as a script that calls handle_data', async () => {
      const { status, headers, text } = await api.ask('/anomalies.json?_=1700000000');
      expect(status).toBe(200);
      expect(headers['content-type']).toContain('application/javascript');
      expect(text).not.toMatch(/[<>\u2028]/);
    const [, json = ''] = /^handle_data\((.*)\)$/.exec(text) ?? [];
      expect(JSON.parse(json)).toEqual([[1.5, '</script><script>alert("x")\u2028'], [7, 'web.z']]);
    });
  });
});
