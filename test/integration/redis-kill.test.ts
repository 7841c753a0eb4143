import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { requireProgram } from '../requirements.js';
import { startRedis, startRedisCluster, until } from '../servers/redis.js';
import { ending, isSoak, openStore, startLoad, startSealing } from './redis-fixture.js';

const ends = ending();
afterEach(() => ends.all());

const kills = isSoak ? 20 : 4;

describe('series in a Redis that is killed', () => {
  it(`lose no acknowledged datapoint over ${kills} x kill -9 under load, while being sealed, and are back within 5 s`, { timeout: 300_000 }, async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const server = await startRedis({ args: ['--appendfsync', 'always'] });
    ends.add(() => server.stop());
    const [writer, sealer] = [await openStore({ url: server.url }), await openStore({ url: server.url })];
    ends.add(() => writer.connection.close());
    ends.add(() => sealer.connection.close());
    const load = startLoad(writer.series);
    const sealing = startSealing(sealer.series);
    let slowest = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      await sleep(300 + ((kill * 7919) % 700));
      await server.kill9();
      const before = load.acknowledged();
      await server.restart({ wait: false });
      const began = performance.now();
      await until(async () => load.acknowledged() > before, 'writes are acknowledged again');
      slowest = Math.max(slowest, performance.now() - began);
    }
    await load.stop();
    await sealing.stop();
    console.log(`redis kill -9: ${kills} kills, ${load.acknowledged()} datapoints acknowledged, ${load.refused()} batches refused meanwhile, back within ${Math.round(slowest)} ms`);
    expect(load.acknowledged()).toBeGreaterThan(1000 * kills);
    expect(await load.lost(writer.series)).toBe(0);
    const later = await openStore({ url: server.url });
    ends.add(() => later.connection.close());
    expect(await load.lost(later.series)).toBe(0);
    expect(later.samples()).toEqual([]);
    expect(slowest).toBeLessThan(5000);
  });

  it('of a Cluster of three go on in the others\' shards while one is gone, and everywhere once it is back', { timeout: 120_000 }, async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const cluster = await startRedisCluster();
    ends.add(() => cluster.stop());
    const store = await openStore({ cluster: cluster.addresses }, { shards: 16 });
    ends.add(() => store.connection.close());
    const load = startLoad(store.series, { pauseMs: 5 });
    const sealing = startSealing(store.series);
    await until(async () => load.acknowledged() > 2000, 'the Cluster takes datapoints');
    await cluster.nodes[1]!.kill9();
    const wroteWhileDown = await shardsThatTake(store.series, 1_600_000_000);
    expect(wroteWhileDown.some((takes) => takes)).toBe(true);
    expect(wroteWhileDown.every((takes) => takes)).toBe(false);
    expect(load.refused()).toBeGreaterThan(0);
    await cluster.nodes[1]!.restart();
    await until(async () => (await shardsThatTake(store.series, 1_600_000_100)).every((takes) => takes), 'all shards take datapoints again');
    const before = load.acknowledged();
    await until(async () => load.acknowledged() > before + 1000, 'the load goes on');
    await load.stop();
    await sealing.stop();
    expect(await load.lost(store.series)).toBe(0);
    expect((await store.connection.health()).every(({ ok }) => ok)).toBe(true);
  });
});

/** Whether each shard acknowledges a datapoint now. */
async function shardsThatTake(store: Awaited<ReturnType<typeof openStore>>['series'], timestamp: number): Promise<boolean[]> {
  const names = Array.from({ length: 200 }, (_, i) => `probe.${i}`);
  const taken = new Array<boolean>(store.shards).fill(true);
  const { shardOf } = await import('@skylark/core');
  const seen = new Set<number>();
  for (const name of names) {
    const shard = shardOf(name, store.shards);
    if (seen.has(shard)) continue;
    seen.add(shard);
    const handles = await store.handles([name]);
    taken[shard] = await store.append({ handles, timestamps: Float64Array.of(timestamp), values: Float64Array.of(1), length: 1 }).then(() => true, () => false);
  }
  return taken;
}
