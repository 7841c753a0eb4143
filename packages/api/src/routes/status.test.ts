import { expect, it } from 'vitest';
import { startApi } from '../../oracle/api-under-test.js';

it('GET /api/v1/status tells version, stages, the last round and sizes', async () => {
  const api = await startApi();
  await api.write('a', [[1, 1]]);
  await api.write('skylark.canary', [[1, 1]]);
  const before = (await api.ask('/api/v1/status')).json();
  expect(before).toMatchObject({ version: '1.2.3', backend: 'embedded', metrics: 1, lastRound: null, stages: [{ name: 'horizon', ratePerSecond: 0, lagSeconds: 0, dropped: 0 }] });
  expect(before['uptimeSeconds']).toBeGreaterThan(0);
  expect(before['storeBytes']).toBeGreaterThan(0);
  const round = { slot: 28_333_333, series: 2, anomalies: 0, tookMs: 12.5, late: false };
  await api.backend.state.set('analyzer/last-round', round, null);
  expect((await api.ask('/api/v1/status')).json()).toMatchObject({ lastRound: round });
  await api.backend.state.set('analyzer/last-round', { slot: 'garbage' }, null);
  expect((await api.ask('/api/v1/status')).json()).toMatchObject({ lastRound: null });
  await api.stop();
});
