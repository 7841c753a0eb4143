import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Series } from '@skylark/core';
import { planSeed, sampled } from '../../packages/skylark/src/seed/seed-series.js';
import { startSkylark } from '../product.js';
import { requireProgram, type Skippable } from '../requirements.js';
import { startElasticsearch } from '../servers/elasticsearch.js';
import { type RedisServer, startRedis } from '../servers/redis.js';
import { sharedServer } from '../servers/shared-server.js';
import { counterOf, linesOf, sendCarbon } from './roles/carbon-lines.js';
import { compareIndex } from './roles/compare-index.js';
import { deploy, type Deployment, eventually, type RoleName, roleNames } from './roles/deployment.js';
import { startLoad } from './roles/load.js';
import { watchRounds } from './roles/watch-rounds.js';

/** Once each in `npm test`, five times in `npm run soak`. */
const rounds = process.env['SKYLARK_SOAK'] === undefined ? 1 : 5;
const killed: readonly RoleName[] = rounds === 1 ? ['analyzer-1', 'importer', 'horizon-1', 'api'] : ['analyzer-1', 'importer', 'horizon-1', 'api', 'analyzer-2', 'horizon-2'];

let redis: RedisServer | null = null;
const deployments: Deployment[] = [];
afterAll(async () => {
  for (const deployment of deployments) await deployment.stop();
  await redis?.stop();
});

/** Six roles on a Redis of this file's own and the run's Elasticsearch. */
async function rolesApart(test: Skippable, environment: Readonly<Record<string, string>>): Promise<Deployment> {
  requireProgram('redis-server', 'redis-server', test);
  const elasticsearch = await sharedServer('elasticsearch', test);
  redis ??= await startRedis();
  const deployment = await deploy({ redisUrl: redis.url, elasticsearch, prefix: `roles-${process.pid}-${deployments.length}`, environment });
  deployments.push(deployment);
  return deployment;
}

interface Found {
  readonly id: string;
  readonly metric: string;
}

const anomaliesOf = async (url: string): Promise<Found[]> => {
  const { anomalies } = (await (await fetch(`${url}/api/v1/anomalies?state=all&limit=1000`)).json()) as { anomalies: (Found & { updated: number; seenBefore?: unknown })[] };
  return anomalies.filter(({ metric }) => !metric.startsWith('skylark.')).map(({ seenBefore: _, ...anomaly }) => anomaly).sort((a, b) => (a.id < b.id ? -1 : 1));
};

const shippedSeconds = 60;

/** Three seeds with incidents that last to the end. */
function seededSeries(): Pick<Series, 'metric' | 'timestamps' | 'values'>[] {
  const now = Math.floor(Date.now() / 1000);
  const span = { from: now - 86_400, until: now, resolutionSeconds: 60 };
  return [1, 2, 3].flatMap((seed) => planSeed({ metrics: 40, hours: 24, seed, until: now, lastUntil: now + 3600, resolutionSeconds: 60 }).map((planned) => sampled(planned, span)).map((series) => ({ ...series, metric: `s${seed}.${series.metric}` })));
}

/** Metrics that are quiet for a day, and then are not. */
function spikedSeries(): Pick<Series, 'metric' | 'timestamps' | 'values'>[] {
  const now = Math.floor(Date.now() / 1000);
  return Array.from({ length: 150 }, (_, i) => {
    const timestamps = Float64Array.from([...Array.from({ length: 1440 }, (_value, at) => now - 60 * (1440 - at)), now - 2, now - 1, now]);
    return { metric: `live.${i}`, timestamps, values: timestamps.map((at, place) => (place < 1440 ? 100 + ((at / 60 + i * 7) % 11) + ((at / 60) * (i + 3)) % 7 : 250 + i + place - 1440)) };
  });
}

describe('the roles apart', () => {
  const intervalSeconds = 20;

  it('find every anomaly that one process on the embedded backend finds, with the same scores', async (test) => {
    const apart = await rolesApart(test, {});
    const [together] = await Promise.all([startSkylark(), apart.start(...roleNames)]);
    try {
      const lastSlot = async (url: string): Promise<number> => ((await (await fetch(`${url}/api/v1/status`)).json()) as { lastRound: { slot: number } | null }).lastRound?.slot ?? 0;
      const bothJudged = (slot: number) => async (): Promise<boolean> => (await lastSlot(together.url)) >= slot && (await lastSlot(apart.role('api').url)) >= slot;
      await eventually('both judge', 90, bothJudged(1));

      // Everything comes early in one slot, so that both judge it in the next: the same windows.
      const slotNow = (): number => Date.now() / 1000 / shippedSeconds;
      await sleep((Math.ceil(slotNow()) - slotNow()) * shippedSeconds * 1000 + 3000);
      const slot = Math.floor(slotNow());
      const all = [...seededSeries(), ...spikedSeries()];
      const lines = all.map(linesOf);
      const sent = all.reduce((sum, { values }) => sum + values.length, 0);
      await Promise.all([
        sendCarbon(together.addresses.carbon, lines.join('')),
        sendCarbon(apart.role('horizon-1').addresses.carbon, lines.filter((_, i) => i % 2 === 0).join('')),
        sendCarbon(apart.role('horizon-2').addresses.carbon, lines.filter((_, i) => i % 2 === 1).join('')),
      ]);
      const accepted = (url: string): Promise<number> => counterOf(url, 'skylark_ingest_accepted_total{protocol="carbon-tcp"}');
      await eventually('all is taken', 60, async () => (await accepted(together.url)) === sent && (await accepted(apart.role('horizon-1').url)) + (await accepted(apart.role('horizon-2').url)) === sent);
      expect(Math.floor(slotNow()), 'all was taken within the slot').toBe(slot);
      await eventually('both judged it', 3 * shippedSeconds, bothJudged(slot + 1));

      const [whole, parts] = [await anomaliesOf(together.url), await anomaliesOf(apart.role('api').url)];
      expect(whole.length).toBeGreaterThanOrEqual(100);
      expect(whole.filter(({ metric }) => metric.startsWith('s')).length).toBeGreaterThan(5);
      expect(parts).toEqual(whole);
      const indexed = async (): Promise<number> => (await apart.store.index.get(parts.map(({ id }) => id))).length;
      await eventually('all are indexed', 30, async () => (await indexed()) === parts.length);
      console.log(JSON.stringify({ name: 'roles-apart.anomalies', value: parts.length, unit: 'anomalies equal to those of one process', datapoints: sent }));
    } finally {
      await together.stop();
    }
  }, 300_000);

  /** Two of them are longer than a dead holder's lease. */
  const slotSeconds = 30;

  it(`survive kill -9 of each role in turn, ${rounds} times each, under load: nothing acknowledged is lost, no slot is judged twice or skipped unsaid, no document is there twice`, async (test) => {
    const apart = await rolesApart(test, { SKYLARK_ANALYZER__INTERVAL: `${slotSeconds}s` });
    await apart.start(...roleNames);
    const load = startLoad(apart, ['horizon-1', 'horizon-2']);
    const watch = watchRounds(apart, slotSeconds);
    const documents = (): Promise<{ missing: string[]; extra: string[]; twice: string[] }> => compareIndex(apart);
    const recovered: Record<string, number[]> = {};
    try {
      await eventually('the first round', 60, () => watch.isCurrent());
      for (let round = 0; round < rounds; round += 1) {
        for (const name of killed) {
          // Anywhere in a slot.
          await sleep((0.1 + (0.7 * ((round * 6 + roleNames.indexOf(name)) % 5)) / 5) * 1000 * (name.startsWith('analyzer') ? slotSeconds / 2 : 2));
          const killedAt = Date.now() / 1000;
          await apart.restart(name, 'SIGKILL');
          await eventually(`${name} is ready`, 2 * slotSeconds, async () => (await fetch(`${apart.role(name).url}/readyz`)).status === 200);
          if (name.startsWith('analyzer')) await eventually('rounds are current again', 2 * slotSeconds, () => watch.isCurrent());
          if (name === 'importer') await eventually('the index is current again', 2 * slotSeconds, async () => (await documents()).missing.length === 0);
          (recovered[name] ??= []).push(Math.round(10 * (Date.now() / 1000 - killedAt)) / 10);
        }
      }
      await eventually('some rounds', 5 * slotSeconds, () => watch.rounds() >= 3);
      const acknowledged = await load.stop();
      await eventually('the last round', 2 * slotSeconds + 10, () => watch.isCurrent());
      const slots = await watch.stop();
      await eventually('the index is current', 60, async () => (await documents()).missing.length === 0);
      const { missing, extra, twice } = await documents();
      const { lost, wrong } = await load.verify(apart);
      const { total } = await apart.store.anomalies.query({ state: 'all', limit: 1 });
      console.log(JSON.stringify({ name: 'roles-apart.kills', value: killed.length * rounds, unit: 'kill -9', acknowledged, lost, anomalies: total, slots: slots.judged, skipped: slots.skipped, coalesced: slots.coalesced, recoveredSeconds: recovered }));
      expect({ lost, wrong, violations: slots.violations, missing, extra, twice }).toEqual({ lost: 0, wrong: 0, violations: [], missing: [], extra: [], twice: [] });
      expect(acknowledged).toBeGreaterThan(1000);
      expect(total).toBeGreaterThan(3);
      for (const [name, seconds] of Object.entries(recovered)) for (const one of seconds) expect(one, name).toBeLessThan(2 * slotSeconds);
    } finally {
      await load.stop();
      await watch.stop();
    }
  }, 120_000 + rounds * 240_000);

  it('are restarted one after the other without one error for a client that tries again', async (test) => {
    const apart = await rolesApart(test, { SKYLARK_ANALYZER__INTERVAL: `${intervalSeconds}s` });
    await apart.start(...roleNames);
    const load = startLoad(apart, ['horizon-1', 'horizon-2']);
    try {
      for (const name of roleNames) {
        await sleep(1000);
        expect((await apart.restart(name, 'SIGTERM')).exitCode, `${name}\n${apart.role(name).log()}`).toBe(0);
        await eventually(`${name} is ready`, 30, async () => (await fetch(`${apart.role(name).url}/readyz`)).status === 200);
      }
      const acknowledged = await load.stop();
      const { lost, wrong } = await load.verify(apart);
      console.log(JSON.stringify({ name: 'roles-apart.rolling-restart', value: load.errors().length, unit: 'errors of a client that tries again', acknowledged, tries: load.tries(), lost }));
      expect({ errors: load.errors(), lost, wrong }).toEqual({ errors: [], lost: 0, wrong: 0 });
      expect(acknowledged).toBeGreaterThan(500);
    } finally {
      await load.stop();
    }
  }, 180_000);

  it('are ready exactly when they can do their work: each role for itself, whatever is away', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const elasticsearch = await startElasticsearch();
    if ('missing' in elasticsearch) return test.skip(elasticsearch.missing);
    const own = await startRedis();
    const apart = await deploy({ redisUrl: own.url, elasticsearch: elasticsearch.url, prefix: 'ready' });
    const names = ['horizon-1', 'analyzer-1', 'importer', 'api'] as const;
    const ask = async (name: RoleName): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${apart.role(name).url}/readyz?verbose`, { signal: AbortSignal.timeout(5000) });
      return { status: response.status, text: await response.text() };
    };
    /** Who is not ready, and for what. */
    const notReady = async (): Promise<Record<string, string[]>> => {
      const answers = await Promise.all(names.map(async (name) => [name, await ask(name)] as const));
      return Object.fromEntries(answers.filter(([, { status }]) => status !== 200).map(([name, { text }]) => [name, [...text.matchAll(/^\[-\](\S+)/gm)].map(([, line]) => line ?? '')]));
    };
    const becomes = (what: string, seconds: number, expected: (found: Record<string, string[]>) => boolean): Promise<number> => {
      let found: Record<string, string[]> = {};
      return eventually(what, seconds, async () => expected((found = await notReady()))).catch((cause: unknown) => Promise.reject(new Error(`${what}; last seen ${JSON.stringify(found)}`, { cause })));
    };
    const nobody = (found: Record<string, string[]>): boolean => Object.keys(found).length === 0;
    const everybody = (line: string) => (found: Record<string, string[]>): boolean => names.every((name) => found[name]?.includes(line));
    const alive = async (): Promise<number[]> => Promise.all(names.map(async (name) => (await fetch(`${apart.role(name).url}/livez`)).status));
    const seconds: Record<string, number> = {};
    try {
      await apart.start(...names);
      seconds['all well'] = await becomes('all are ready', 30, nobody);

      await elasticsearch.kill9();
      seconds['index away'] = await becomes('the importer is not ready without the index', 20, (found) => Object.keys(found).join() === 'importer' && found['importer']?.join() === 'index');
      expect((await ask('horizon-1')).text).toMatch(/^\[\+\]index .*\(not needed by horizon\)$/m);
      await elasticsearch.restart();
      seconds['index back'] = await becomes('the importer is ready again', 60, nobody);

      own.pause();
      seconds['store silent'] = await becomes('nobody is ready without the store', 20, everybody('store'));
      expect(await alive()).toEqual([200, 200, 200, 200]);
      own.resume();
      seconds['store back'] = await becomes('all are ready again', 20, nobody);

      await own.command('CONFIG', 'SET', 'appendonly', 'no');
      seconds['not durable'] = await becomes('nobody is ready without durability', 60, everybody('durability'));
      await own.command('CONFIG', 'SET', 'appendonly', 'yes');
      seconds['durable again'] = await becomes('all are ready once Redis keeps what it is given', 60, nobody);

      await own.kill9();
      seconds['store killed'] = await becomes('nobody is ready while Redis is dead', 20, everybody('store'));
      expect(await alive()).toEqual([200, 200, 200, 200]);
      await own.restart();
      seconds['store restarted'] = await becomes('all are ready with Redis', 20, nobody);
      console.log(JSON.stringify({ name: 'roles-apart.ready', value: names.length, unit: 'roles', seconds: Object.fromEntries(Object.entries(seconds).map(([what, one]) => [what, Math.round(10 * one) / 10])) }));
    } finally {
      own.resume();
      await apart.stop();
      await own.stop();
      await elasticsearch.stop();
    }
  }, 300_000);
});
