import { type Logger, type WorkQueue } from '@skylark/core';
import { createFeeder, startSeconds } from './data.js';
import { createMemoryStore, type MemoryStore } from './memory/memory-store.js';
import { openMemory, type PortCall } from './memory/open-memory.js';
import { calmWeather, createNetwork, type Network } from './network.js';
import { createObserver, type Observed } from './observer.js';
import { type Ambush, type Disturbance, firstSlot, intervalSeconds, type Plan, type Poison } from './plan.js';
import { createProcess, type SimulatedProcess } from './process.js';
import { createRandom, type Random } from './random.js';
import { judgeWith, poisonedDetector, poisonsOf } from './reference.js';
import { settingsOf, type Shipped } from './shipped.js';
import { callInWords, createTrace, type Trace } from './trace.js';
import { createVirtualTime, type VirtualTime } from './virtual-time.js';

/** A process at work: `ended` resolves when its role has stopped by itself or as asked. */
interface Running {
  readonly process: SimulatedProcess;
  readonly stop: AbortController;
  ended: boolean;
}

/** What is left of a run: what the servers hold, and what was seen on the way. */
export interface History {
  readonly plan: Plan;
  readonly store: MemoryStore;
  readonly observed: Observed;
  /** Roles that ended though nobody asked, with what they said. */
  readonly crashes: readonly string[];
  /** Roles that did not end when asked, in time. */
  readonly stuck: readonly string[];
  readonly trace: readonly string[];
}

/** Servers, network, processes and time of one run. */
interface World {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly store: MemoryStore;
  readonly network: Network;
  readonly trace: Trace;
  readonly observed: Observed;
  readonly random: Random;
  readonly shipped: Shipped;
  readonly running: Map<string, Running>;
  readonly lives: Map<string, number>;
  readonly crashes: string[];
  /** Those that still wait for their call. */
  readonly ambushes: Ambush[];
  /** Nobody starts any more. */
  readonly closing: { value: boolean };
}

/** The time when calm begins, in seconds since the start. */
export const calmFrom = ({ roughSlots }: Plan): number => roughSlots * intervalSeconds + 30;

/** Lives through a plan: rough slots, calm slots, then everybody is asked to stop. Same plan, same code, same history. */
export async function live(plan: Plan, shipped: Shipped, withTrace = false): Promise<History> {
  const world = createWorld(plan, shipped, withTrace);
  const { time } = world;
  const at = (seconds: number, what: () => void): void => void time.at((startSeconds + seconds) * 1000, what);
  const feeder = createFeeder(world.store.series, plan, plan.metrics);
  feeder.feed(0);
  for (let slot = 1; slot <= plan.roughSlots + plan.calmSlots + 1; slot += 1) at(slot * intervalSeconds - 1, () => feeder.feed(slot));
  for (const role of [...plan.analyzers, ...plan.importers]) at(world.random.between(0, 4), () => start(world, role));
  for (const one of plan.disturbances) at(one.at, () => disturb(world, one));
  at(calmFrom(plan), () => calmDown(world));
  await time.run((startSeconds + (plan.roughSlots + plan.calmSlots) * intervalSeconds + 30) * 1000);
  world.trace.add(() => 'everybody is asked to stop');
  world.closing.value = true;
  for (const role of plan.analyzers) world.running.get(role)?.stop.abort();
  await time.run(time.nowMs() + 60_000);
  for (const role of plan.importers) world.running.get(role)?.stop.abort();
  await time.run(time.nowMs() + 20_000);
  const stuck = [...world.running].filter(([, { ended }]) => !ended).map(([role]) => role);
  return { plan, store: world.store, observed: world.observed, crashes: world.crashes, stuck, trace: world.trace.lines };
}

function createWorld(plan: Plan, shipped: Shipped, withTrace: boolean): World {
  const time = createVirtualTime((startSeconds + 3) * 1000);
  const nowSeconds = (): number => time.nowMs() / 1000;
  const random = createRandom(plan.seed ^ 0x5eed);
  const store = createMemoryStore({ shards: plan.shards, retentionSeconds: null, now: nowSeconds, keepEvents: plan.keepEvents });
  const poisons = poisonsOf(plan);
  const trace = createTrace(withTrace, () => time.nowMs());
  const observed = createObserver(store, nowSeconds);
  const network = createNetwork({
    time,
    random: random.fork(),
    trace: (line) => trace.add(line),
    carriedOut(from, call, outcome) {
      trace.add(() => callInWords(from.name, call, outcome));
      observed.carriedOut(from, call, outcome);
      spring(world, from, call);
    },
  });
  const world: World = { plan, time, store: withDamage(store, poisons), network, trace, observed, random, shipped, running: new Map(), lives: new Map(), crashes: [], ambushes: [], closing: { value: false } };
  return world;
}

/** Reading a damaged series fails, and whatever is read with it. */
function withDamage(store: MemoryStore, poisons: ReadonlyMap<string, Poison>): MemoryStore {
  const read: MemoryStore['series']['read'] = (metrics, window) => {
    if (metrics.some((metric) => poisons.get(metric) === 'unreadable')) throw new Error('bad checksum');
    return store.series.read(metrics, window);
  };
  return { ...store, series: { ...store.series, read } };
}

function start(world: World, role: string): void {
  const { plan, time, store, network, trace, random, shipped, running, lives, crashes } = world;
  const before = running.get(role);
  if (world.closing.value) return;
  if (before?.ended === false) {
    // Still on its way out: again in a second. At work: nothing to do.
    if (before.stop.signal.aborted) time.at(time.nowMs() + 1000, () => start(world, role));
    return;
  }
  const life = (lives.get(role) ?? 0) + 1;
  lives.set(role, life);
  const process = createProcess({ time, role, life, diesWithItsCalls: plan.stableNames });
  trace.add(() => `${process.name} starts`);
  const { series, anomalies: log, index, queue, state, snapshots } = openMemory({ store, clock: process.clock, carry: (call) => network.carry(process, call), deliver: process.deliver });
  const logger = loggerOf(process.name, trace);
  const holder = plan.stableNames ? role : process.name;
  const one: Running = { process, stop: new AbortController(), ended: false };
  const ports = { series, log, state, clock: process.clock, logger, holder };
  const work = role.startsWith('analyzer')
    ? shipped.createAnalyzer({ ...ports, queue, snapshots, settings: settingsOf(plan), judge: judgeWith(poisonsOf(plan), process.stall), detector: poisonedDetector })
    : shipped.createImporter({ ...ports, index, random: random.fork().next });
  running.set(role, one);
  work.run(one.stop.signal).then(
    () => {
      one.ended = true;
      if (!one.stop.signal.aborted) crashes.push(`${process.name} ended by itself`);
    },
    (error: unknown) => {
      one.ended = true;
      crashes.push(`${process.name} crashed: ${String(error)}`);
    },
  );
}

function disturb(world: World, one: Disturbance): void {
  const { time, network, store, trace, running, random } = world;
  const later = (seconds: number, what: () => void): void => void time.at(time.nowMs() + seconds * 1000, what);
  const process = 'who' in one ? running.get(one.who)?.process : undefined;
  trace.add(() => `*** ${JSON.stringify(one)}`);
  switch (one.what) {
    case 'kill':
      kill(world, one.who);
      return later(one.downSeconds, () => start(world, one.who));
    case 'stop':
      running.get(one.who)?.stop.abort();
      return later(one.downSeconds, () => start(world, one.who));
    case 'pause':
      process?.pause();
      return later(one.forSeconds, () => process?.resume());
    case 'cut':
      network.cuts.add(`${one.who} ${one.port}`);
      return later(one.forSeconds, () => network.cuts.delete(`${one.who} ${one.port}`));
    case 'hold-up':
      return void network.holdUps.set(one.port, one.forSeconds * 1000);
    case 'skew':
      return process?.skew(one.seconds);
    case 'weather':
      return void Object.assign(network.weather, one.weather);
    case 'thought-dead':
      return void store.jobs.takeBack('judge', () => random.chance(0.5));
    case 'same-job-again': {
      const slot = Math.floor(time.nowMs() / 1000 / intervalSeconds);
      for (let i = 0; i < one.times; i += 1) store.jobs.add('judge', [{ id: `0-${slot}`, data: { version: 1, shard: 0, slot } }]);
      return;
    }
    case 'foreign-job':
      return void store.jobs.add('judge', [foreignJob]);
    case 'remark': {
      const [anomaly] = store.log.query({ state: 'all', limit: 1 }).anomalies;
      if (anomaly) store.log.annotate(anomaly.id, { note: `seen at ${time.nowMs()}` }, time.nowMs() / 1000);
      return;
    }
    case 'ambush':
      return void world.ambushes.push(one);
    case 'log-sealed':
      for (let shard = 0; shard < store.shards; shard += 1) store.series.seal(shard);
      return;
    case 'snapshots-lost':
      return store.snapshots.lose(one.how);
    case 'removal':
      store.series.remove([one.metric]);
      if (one.anomaliesToo) store.log.remove({ metrics: [one.metric] });
  }
}

/** Of a version to come. */
export const foreignJob = { id: 'from-the-future', data: { version: 9, shards: [1, 2] } } as const satisfies Parameters<WorkQueue['add']>[1][number];

/** Before the answer is on its way: what the call did is done, and its caller does not know. */
function spring(world: World, { role }: SimulatedProcess, { port, method, about }: PortCall<unknown>): void {
  const { ambushes, observed, store, trace } = world;
  const isIdle = method === 'record' && (about[0] as { length: number }).length === 0;
  const place = isIdle ? -1 : ambushes.findIndex((one) => role.startsWith(one.role) && one.port === port && one.method === method);
  if (place < 0) return;
  const [one] = ambushes.splice(place, 1);
  trace.add(() => `*** ambush: ${role} after ${port}.${method}`);
  const { then, forSeconds, jobsLost } = one!;
  observed.met.set('ambush', (observed.met.get('ambush') ?? 0) + 1);
  if (jobsLost) store.jobs.lose('judge', (id) => id !== foreignJob.id);
  disturb(world, then === 'kill' ? { at: 0, what: 'kill', who: role, downSeconds: forSeconds } : { at: 0, what: 'pause', who: role, forSeconds });
}

function kill({ running }: World, role: string): void {
  const one = running.get(role);
  one?.process.kill();
  running.delete(role);
}

function calmDown(world: World): void {
  const { plan, network, running, trace } = world;
  trace.add(() => '*** calm begins');
  Object.assign(network.weather, calmWeather);
  network.cuts.clear();
  network.holdUps.clear();
  world.ambushes.length = 0;
  for (const role of [...plan.analyzers, ...plan.importers]) {
    running.get(role)?.process.resume();
    running.get(role)?.process.skew(0);
    start(world, role);
  }
}

function loggerOf(name: string, trace: Trace): Logger {
  const line = (event: string, fields?: unknown): void => trace.add(() => `${name} says ${event} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.message : value)) ?? ''}`.slice(0, 300));
  return { debug() {}, info: line, warn: line, error: line };
}

/** The last slot that is due when a run ends. */
export const lastSlot = ({ roughSlots, calmSlots }: Plan): number => firstSlot + roughSlots + calmSlots;
