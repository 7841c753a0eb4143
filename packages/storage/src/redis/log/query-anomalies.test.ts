import { randomUUID } from 'node:crypto';
import { noRemarks, type AnomalyFinding, type AnomalyQuery } from '@skylark/core';
import fc from 'fast-check';
import { expect, it, vi, type TestContext } from 'vitest';
import { sharedServer } from '../../../../../test/servers/shared-server.js';
import { findingOf } from '../../../contract/anomaly-log-contract.js';
import { keepingLogger, movableClock } from '../../../contract/backend-under-test.js';
import { byScore, matchesQuery } from '../../rules/anomaly-rules.js';
import { openRedisConnection, type RedisConnection } from '../connection/redis-connection.js';
import { createAnomalyLog, type RedisAnomalyLog } from './anomaly-log.js';

const clock = movableClock();

async function withLog(test: TestContext, work: (log: RedisAnomalyLog, connection: RedisConnection) => Promise<void>): Promise<void> {
  const connection = await openRedisConnection({ settings: { url: await sharedServer('redis', test), ack: 'local', prefix: `t-${randomUUID()}` }, clock, logger: keepingLogger() });
  const log = createAnomalyLog({ connection, clock, logger: keepingLogger() });
  try {
    await work(log, connection);
  } finally {
    log.close();
    await connection.close();
  }
}

/** Few scores and metrics, so that there are ties and hits. */
function anomaly(i: number): AnomalyFinding {
  const state = i % 7 === 0 ? 'open' : 'closed';
  const start = 1000 + ((i * 7919) % 5000);
  return findingOf({ id: `a-${((i * 48_271) % 65_536).toString(36)}-${i}`, metric: `m.${i % 23}`, state, start, end: state === 'open' ? null : start + (i % 300), score: ((i * 37) % 9) * 11.1 });
}

const query: fc.Arbitrary<Omit<AnomalyQuery, 'limit'>> = fc.record({
  state: fc.constantFrom('open' as const, 'closed' as const, 'all' as const),
  metric: fc.constantFrom('m.3', 'm.22', 'nothing'),
  minScore: fc.constantFrom(0, 33.3, 50, 88.8, 101),
  from: fc.integer({ min: 0, max: 7000 }),
  until: fc.integer({ min: 0, max: 7000 }),
  matches: fc.constantFrom((metric: string) => metric.endsWith('1'), () => false),
}, { requiredKeys: [] });

it('answers every query as looking at each anomaly would, page by page', async (test) => withLog(test, async (log) => {
  const all = Array.from({ length: 800 }, (_, i) => anomaly(i));
  await log.record(all);
  // Some are closed, some opened again: indexes follow.
  for (const [i, one] of all.entries()) if (i % 5 === 0) all[i] = { ...one, state: one.state === 'open' ? 'closed' : 'open', end: one.state === 'open' ? one.start + 9 : null, score: (one.score + 11.1) % 99.9 };
  await log.record(all);
  await fc.assert(fc.asyncProperty(query, fc.integer({ min: 1, max: 400 }), async (asked, limit) => {
    const expected = all.filter((one) => matchesQuery(one, { ...asked, limit })).sort(byScore);
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await log.query({ ...asked, limit, ...(cursor !== undefined && { cursor }) });
      expect(page.total).toBe(expected.length);
      expect(page.anomalies).toEqual(expected.slice(found.length, found.length + limit).map((one) => ({ ...one, ...noRemarks })));
      found.push(...page.anomalies.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(found).toEqual(expected.map(({ id }) => id));
  }), { numRuns: 60 });
}), 60_000);

it('goes on behind a cursor whose anomaly has gone or changed meanwhile', async (test) => withLog(test, async (log) => {
  const all = Array.from({ length: 30 }, (_, i) => findingOf({ id: `a-${String(i).padStart(2, '0')}`, metric: i === 9 ? 'gone' : 'm', score: 50 }));
  await log.record(all);
  const first = await log.query({ state: 'all', limit: 10 });
  expect(first.anomalies.at(-1)!.id).toBe('a-09');
  await log.remove({ metrics: ['gone'] });
  const second = await log.query({ state: 'all', limit: 10, cursor: first.nextCursor! });
  expect(second.anomalies.map(({ id }) => id)).toEqual(all.slice(10, 20).map(({ id }) => id));
  await log.record([{ ...all[19]!, score: 90 }]);
  const third = await log.query({ state: 'all', limit: 10, cursor: second.nextCursor! });
  expect(third.anomalies.map(({ id }) => id)).toEqual(all.slice(20, 30).map(({ id }) => id));
}));

it('holds as many as there are: a page by state, score, metric or time does not look at the others', async (test) => withLog(test, async (log, connection) => {
  const count = process.env['SKYLARK_SOAK'] === '1' ? 100_000 : 5000;
  for (let i = 0; i < count; i += 1000) await log.record(Array.from({ length: 1000 }, (_, j) => ({ ...anomaly(i + j), metric: `m.${(i + j) % 2000}`, start: 10 * (i + j), end: (i + j) % 1000 === 0 ? null : 10 * (i + j) + 5, state: (i + j) % 1000 === 0 ? 'open' as const : 'closed' as const })));
  const queries: Record<string, AnomalyQuery> = {
    open: { state: 'open', limit: 100 }, all: { state: 'all', limit: 100 }, closed: { state: 'closed', minScore: 80, limit: 100 },
    metric: { state: 'all', metric: 'm.77', limit: 100 }, time: { state: 'all', from: 10 * count - 5000, limit: 100 },
  };
  const read = vi.spyOn(connection, 'read');
  for (const [name, one] of Object.entries(queries)) {
    read.mockClear();
    const { total } = await log.query(one);
    expect(total, name).toBeGreaterThan(0);
    // Ids, heads in one go, and the page.
    expect(read.mock.calls.length, name).toBeLessThanOrEqual(4);
  }
  expect((await log.query(queries['all']!)).total).toBe(count);
}), 120_000);
