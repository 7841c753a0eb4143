import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { requireProgram } from '../requirements.js';
import { haveTheSame, type RedisServer, startPrimaryAndReplica, startSentinels, until } from '../servers/redis.js';
import { ending, freshPrefix, isSoak, openStore, startLoad, startSealing, type Load, type OpenStore } from './redis-fixture.js';

const ends = ending();
afterEach(() => ends.all());

const failovers = isSoak ? 10 : 1;
/** A Sentinel that was not scheduled for two seconds does nothing for thirty (TILT). */
const patienceMs = 80_000;

/** A primary, a replica and a Sentinel that promotes it. */
async function startPair(test: TestContext): Promise<{ servers: RedisServer[]; sentinels: string[]; sentinelName: string; primaryPort: () => Promise<number> }> {
  requireProgram('redis-server', 'redis-server', test);
  requireProgram('redis-sentinel', 'redis-sentinel', test);
  const { primary, replica, ...both } = await startPrimaryAndReplica(['--appendfsync', 'always']);
  ends.add(() => both.stop());
  const sentinel = await startSentinels(primary);
  ends.add(() => sentinel.stop());
  return { servers: [primary, replica], sentinels: [...sentinel.addresses], sentinelName: sentinel.name, primaryPort: () => sentinel.primaryPort() };
}

/** What is on its way to a replica that stands still waits in sockets, and would arrive after all: so the replica is killed too, and has what it had. */
async function lagBehind(replica: RedisServer, ms: number): Promise<void> {
  replica.pause();
  await sleep(ms);
  await replica.kill9();
}

type Pair = Awaited<ReturnType<typeof startPair>>;

/** The replica lags for a second, the primary dies, the replica is promoted, the dead one comes back as its replica. Answers how long no write was acknowledged. */
async function failOver({ servers, primaryPort }: Pair, load: Load): Promise<number> {
  const port = await primaryPort();
  const [primary, replica] = servers[0]!.port === port ? servers as [RedisServer, RedisServer] : [servers[1]!, servers[0]!];
  await lagBehind(replica, 1000);
  const [began, before] = [performance.now(), load.acknowledged()];
  await primary.kill9();
  await replica.restart();
  await until(async () => (await primaryPort()) === replica.port && String(await replica.command('ROLE')).startsWith('master'), 'the replica is promoted', patienceMs);
  // The Sentinel would do so too, ten seconds later.
  await primary.restart();
  await primary.command('REPLICAOF', '127.0.0.1', replica.port);
  await until(async () => load.acknowledged() > before, 'writes are acknowledged again', patienceMs);
  const awayMs = performance.now() - began;
  // Now and then a Sentinel takes the old primary back: that is one more failover.
  await until(async () => {
    const now = await primaryPort();
    return String(await servers.find((server) => server.port === now)!.command('INFO', 'replication')).includes('state=online');
  }, 'one follows the other', patienceMs);
  await sleep(300);
  return awayMs;
}

async function lossOver(pair: Pair, ack: 'local' | 'replicated', times: number): Promise<{ lost: number; acknowledged: number; slowest: number; store: OpenStore }> {
  const settings = { sentinels: pair.sentinels, sentinelName: pair.sentinelName, ack, prefix: freshPrefix() };
  const [writer, sealer] = [await openStore(settings), await openStore(settings)];
  for (const { connection } of [writer, sealer]) ends.add(() => connection.close());
  const load = startLoad(writer.series, { pauseMs: 2 });
  const sealing = startSealing(sealer.series);
  let slowest = 0;
  await until(async () => load.acknowledged() > 2000, 'it is written', patienceMs);
  for (let i = 0; i < times; i += 1) slowest = Math.max(slowest, await failOver(pair, load));
  await load.stop();
  await sealing.stop();
  let lost = NaN;
  // One failover may follow another.
  await until(async () => (lost = await load.lost(writer.series)) >= 0, 'what was acknowledged is read', patienceMs);
  return { lost, acknowledged: load.acknowledged(), slowest, store: writer };
}

describe('series in a Redis that fails over to a lagging replica', () => {
  it(`lose nothing that was acknowledged over ${failovers} failovers with ack replicated`, { timeout: 900_000 }, async (test) => {
    const { lost, acknowledged, slowest } = await lossOver(await startPair(test), 'replicated', failovers);
    console.log(`redis failover, ack replicated: ${failovers} failovers, ${acknowledged} acknowledged, ${lost} lost, ${Math.round(slowest)} ms without acknowledgement at most`);
    expect(acknowledged).toBeGreaterThan(500);
    expect(lost).toBe(0);
  });

  it('lose what the replica lacked with ack local, invent nothing, and go on', { timeout: 900_000 }, async (test) => {
    const pair = await startPair(test);
    const { lost, acknowledged, store } = await lossOver(pair, 'local', failovers);
    console.log(`redis failover, ack local: ${failovers} failovers, ${acknowledged} acknowledged, ${lost} lost (${(100 * lost / acknowledged).toFixed(1)} %)`);
    const after = startLoad(store.series, { from: 1_800_000_000, pauseMs: 2 });
    await until(async () => after.acknowledged() > 1000, 'it is written again', patienceMs);
    await after.stop();
    expect(await after.lost(store.series)).toBe(0);
  });

  it('give a new name a new id after names were lost: no metric ever shows another\'s data', { timeout: 300_000 }, async (test) => {
    const pair = await startPair(test);
    const settings = { sentinels: pair.sentinels, sentinelName: pair.sentinelName, ack: 'local' as const, prefix: freshPrefix() };
    const [one, other] = [await openStore(settings, { shards: 1 }), await openStore(settings, { shards: 1 })];
    for (const { connection } of [one, other]) ends.add(() => connection.close());
    const append = async ({ series }: typeof one, name: string, timestamp: number, value: number): Promise<void> =>
      series.append({ handles: await series.handles([name]), timestamps: Float64Array.of(timestamp), values: Float64Array.of(value), length: 1 });
    const patiently = (work: () => Promise<void>): Promise<void> => until(() => work().then(() => true), 'the store takes it', patienceMs);
    const [primary, replica] = pair.servers as [RedisServer, RedisServer];
    await append(one, 'kept', 1000, 1);
    await until(() => haveTheSame(primary, replica), 'the replica has it');
    replica.pause();
    for (let i = 0; i < 20; i += 1) await append(one, `lost.${i}`, 1000, 2);
    await lagBehind(replica, 0);
    await primary.kill9();
    await replica.restart();
    await until(async () => (await pair.primaryPort()) === replica.port, 'the replica is promoted', patienceMs);
    for (let i = 0; i < 30; i += 1) await patiently(() => append(other, `new.${i}`, 1000, 3));
    for (let i = 0; i < 20; i += 1) await patiently(() => append(one, `lost.${i}`, 2000, 4));
    const names = [...Array.from({ length: 20 }, (_, i) => `lost.${i}`), ...Array.from({ length: 30 }, (_, i) => `new.${i}`), 'kept'];
    for (const { series } of [one, other]) {
      let read: Awaited<ReturnType<typeof series.read>> = [];
      await until(async () => (read = await series.read(names, { from: 0, until: 5000 })).length > 0, 'it is read', patienceMs);
      for (const { metric, values } of read) {
        expect([...values], metric).toEqual(metric === 'kept' ? [1] : metric.startsWith('new') ? [3] : [4]);
      }
    }
  });
});
