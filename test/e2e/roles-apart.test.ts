import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { planSeed, sampled } from '../../packages/skylark/src/seed/seed-series.js';
import { startSkylark } from '../product.js';
import { requireProgram, type Skippable } from '../requirements.js';
import { type RedisServer, startRedis } from '../servers/redis.js';
import { sharedServer } from '../servers/shared-server.js';
import { counterOf, linesOf, sendCarbon } from './roles/carbon-lines.js';
import { deploy, type Deployment, eventually } from './roles/deployment.js';

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

describe('the roles apart', () => {
  const intervalSeconds = 20;

  it('find every anomaly that one process on the embedded backend finds, with the same scores', async (test) => {
    const environment = { SKYLARK_ANALYZER__INTERVAL: `${intervalSeconds}s` };
    const apart = await rolesApart(test, environment);
    const now = Math.floor(Date.now() / 1000);
    // Seeds with incidents that last to the end, and metrics on which something happens while everybody looks.
    const seeds = [1, 2, 3].flatMap((seed) => planSeed({ metrics: 40, hours: 24, seed, until: now, lastUntil: now + 3600, resolutionSeconds: 60 }).map((planned) => sampled(planned, { from: now - 86_400, until: now, resolutionSeconds: 60 })).map((series) => ({ ...series, metric: `s${seed}.${series.metric}` })));
    const quiet = Array.from({ length: 150 }, (_, i) => {
      const timestamps = Float64Array.from({ length: 1440 }, (_value, at) => now - 60 * (1440 - at));
      return { metric: `live.${i}`, timestamps, values: timestamps.map((at) => 100 + ((at / 60 + i * 7) % 11) + ((at / 60) * (i + 3)) % 7) };
    });
    const lines = [...seeds, ...quiet].map(linesOf);
    const sent = [...seeds, ...quiet].reduce((sum, { values }) => sum + values.length, 0);

    // The history first, before anybody judges.
    const writer = await startSkylark({ args: ['--target', 'horizon,api'], environment });
    await apart.start('horizon-1', 'horizon-2');
    await Promise.all([
      sendCarbon(writer.addresses.carbon, lines.join('')),
      sendCarbon(apart.role('horizon-1').addresses.carbon, lines.filter((_, i) => i % 2 === 0).join('')),
      sendCarbon(apart.role('horizon-2').addresses.carbon, lines.filter((_, i) => i % 2 === 1).join('')),
    ]);
    const accepted = (url: string): Promise<number> => counterOf(url, 'skylark_ingest_accepted_total');
    await eventually('all is taken', 60, async () => (await accepted(writer.url)) >= sent && (await accepted(apart.role('horizon-1').url)) + (await accepted(apart.role('horizon-2').url)) >= sent);
    await writer.end();
    const [together] = await Promise.all([startSkylark({ folder: writer.folder, environment }), apart.start('analyzer-1', 'analyzer-2', 'importer', 'api')]);
    try {
      const lastSlot = async (url: string): Promise<number> => ((await (await fetch(`${url}/api/v1/status`)).json()) as { lastRound: { slot: number } | null }).lastRound?.slot ?? 0;
      const bothJudged = (slot: number) => async (): Promise<boolean> => (await lastSlot(together.url)) >= slot && (await lastSlot(apart.role('api').url)) >= slot;
      await eventually('both judged', 60, bothJudged(1));

      // Then something happens, early in a slot, so that both judge it in the next.
      const slotNow = (): number => Date.now() / 1000 / intervalSeconds;
      await sleep((Math.ceil(slotNow()) - slotNow()) * intervalSeconds * 1000 + 3000);
      const slot = Math.floor(slotNow());
      const at = Math.floor(Date.now() / 1000);
      const spikes = quiet.map(({ metric }, i) => linesOf({ metric, timestamps: Float64Array.of(at - 2, at - 1, at), values: Float64Array.of(250 + i, 251 + i, 252 + i) }));
      await Promise.all([sendCarbon(together.addresses.carbon, spikes.join('')), sendCarbon(apart.role('horizon-1').addresses.carbon, spikes.slice(0, 75).join('')), sendCarbon(apart.role('horizon-2').addresses.carbon, spikes.slice(75).join(''))]);
      expect(Math.floor(slotNow()), 'the spikes were in within the slot').toBe(slot);
      await eventually('both judged what happened', 4 * intervalSeconds, bothJudged(slot + 1));

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
});
