import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { compileMatcher, compileMatchers, createNameIndex } from '@skylark/algorithms';
import { createSelfMetrics } from '@skylark/analyzer';
import { type Api, createApi, listenHttp } from '@skylark/api';
import type { Backend, Clock, HealthCheck, Logger, MetricChange, Sampler, SearchAnswer, SearchRequest, SeenBefore } from '@skylark/core';
import { createIntake, createWriteHandlers, type Intake, listenCarbonTcp, listenCarbonUdp, listenMsgpackUdp, listenPickle } from '@skylark/horizon';
import { backupRoutes } from '../backup/backup-routes.js';
import { restoreHealth } from '../backup/restore-record.js';
import type { LogStyle } from '../cli/log.js';
import type { Config, SettingName } from '../config/settings.js';
import { version } from '../version.js';
import { alertFunctions } from './alert-functions.js';
import { accessOptions, isLoopback, refuseOpenBind } from './access.js';
import { type DemoFeed, startDemo } from './demo.js';
import { historyHealth } from './history-health.js';
import { historyRoutes } from './history-routes.js';
import { judgingRoutes } from './judging-routes.js';
import { openStore, type StoreKind } from './open-store.js';
import { onPort } from './on-port.js';
import { healthForRoles } from './role-health.js';
import { type RoomForMetrics, watchRoom } from './room-for-metrics.js';
import { createStages } from './stages.js';
import { createStopStack, type StopStack } from './stop-stack.js';
import { type Target, targetNames } from './targets.js';
import { startThread, type Thread } from './thread.js';
import type { ThreadData } from './thread-data.js';

/** Where it listens: `host:port`, or null for what this process does not serve. */
export interface Addresses {
  readonly pid: number;
  readonly http: string | null;
  readonly carbon: string | null;
  readonly carbonUdp: string | null;
  readonly pickle: string | null;
  readonly udp: string | null;
}

export interface SkylarkOptions {
  readonly config: Config;
  /** Whether somebody set it, as against its default: a default port that is busy gives way. */
  readonly isSet: (name: SettingName) => boolean;
  readonly store: StoreKind;
  /** Of the embedded store. */
  readonly folder: string;
  readonly targets: readonly Target[];
  readonly demo: boolean;
  readonly insecureBind: boolean;
  readonly logStyle: LogStyle;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted: drain and stop. */
  readonly signal: AbortSignal;
  /** Told apart from all other processes of the store; see `ThreadData.holder`. */
  readonly holder: string;
}

const readingEveryMs = 5000;

export interface RunningSkylark {
  readonly addresses: Addresses;
  readonly untilStopped: Promise<void>;
}

/**
 * Starts the roles asked for, from the back of the data path to its front: store, intake, analyzer, importer and scorer, API, listeners.
 * Stops them the other way round, when the signal aborts or when a part does not start.
 */
export async function startSkylark(options: SkylarkOptions): Promise<RunningSkylark> {
  const stack = createStopStack(options.logger);
  try {
    const { addresses, api } = await startParts(options, stack);
    options.logger.info('skylark.ready', { ...addresses });
    return { addresses, untilStopped: untilAborted(options.signal).then(() => api.drain()).then(() => stack.unwind()) };
  } catch (error) {
    await stack.unwind();
    throw error;
  }
}

async function startParts(given: SkylarkOptions, stack: StopStack): Promise<{ addresses: Addresses; api: Api }> {
  const { config, targets, logger } = given;
  const has = (target: Target): boolean => targets.includes(target);
  const access = accessOptions(config, given.insecureBind);
  refuseOpenBind('api.host', config['api.host'], access);
  if (config['horizon.http.ports'].length > 0) refuseOpenBind('horizon.host', config['horizon.host'], access);

  const { backend, clock } = await openStore({ kind: given.store, folder: given.folder, config, clock: given.clock, logger, role: 'owner' });
  const options = { ...given, clock };
  stack.push('store', () => backend.close());
  const room = watchRoom(backend, clock);
  const intake = await startIntake(options, { backend, room, stack });
  const loops = startLoops(stack);
  if (has('horizon')) loops((signal) => room.run(signal));
  const demo = options.demo && has('horizon') ? await startDemo({ backend, intake, clock, logger, run: loops }) : null;

  const thread = async (name: string, entry: string): Promise<Thread> => {
    const data: ThreadData = { store: options.store, folder: options.folder, config, logStyle: options.logStyle, targets, holder: options.holder };
    const started = await startThread({ name, entry: new URL(entry, import.meta.url), data, clock, logger });
    stack.push(name, () => started.stop());
    return started;
  };
  const analysis = has('analyzer') ? await thread('analyzer', './analysis-thread.js') : null;
  const search = has('importer') || has('api') ? await thread('search', './search-thread.js') : null;
  const threads = [analysis, search].filter((one) => one !== null);

  // Listeners join once they are open; the API shows its own figures by itself, but they are fed back like all others.
  const samplers: Sampler[] = [() => intake.samples(), () => backend.samples(), ...threads.map((one) => () => one.samples())];
  const samples: Sampler = () => samplers.flatMap((sampler) => sampler());
  const fedBack: Sampler[] = [samples];
  const self = createSelfMetrics({ sample: () => fedBack.flatMap((sampler) => sampler()), write: (datapoints) => intake.write(datapoints), store: backend.series, clock, logger, instance: options.store === 'embedded' ? null : instanceName(targets) });
  loops((signal) => self.run(signal));

  const writes = has('horizon') ? createWriteHandlers({ intake, clock, logger }) : [];
  const probes = [async () => healthForRoles(targets, await backend.health()), () => restoreHealth(backend.state), () => [intake.health(), ...threads.map((one) => one.health()), ...historyHealth(analysis?.samples() ?? []), lagCheck(self.lagSeconds())]];
  const common = { version, clock, logger, access, probes, samplers: [samples, () => self.samples()] };
  const replay = (request: unknown): Promise<unknown> => ((analysis ?? search)?.call('replay', request) ?? Promise.reject(new Error('this process has neither analyzer nor API')));
  const history = historyRoutes({ backend, retentionSeconds: config['store.retention'], maxNameBytes: config['horizon.maxNameBytes'], clock, replay });
  const backups = backupRoutes({ backend, retentionSeconds: config['store.retention'], version, clock, logger });
  const judging = search ? judgingRoutes({ log: backend.anomalies, expectedBand: (request) => search.call('expectedBand', request) }) : [];
  const stages = createStages({ sampler: samples, canaryLagSeconds: () => self.lagSeconds(), clock });
  // Rates are against a reading of some seconds ago: one is taken whether or not somebody asks.
  loops(async (signal) => {
    for (; !signal.aborted; await clock.sleep(readingEveryMs, signal)) stages();
  });
  const api = createApi({
    ...common,
    extraRoutes: [...writes, ...(has('api') ? [...history, ...backups, ...judging] : [])],
    ...(has('api') && search ? { read: readOptions({ options, backend, search, demo }, stages) } : {}),
  });
  fedBack.push(api.samples);
  stack.push('api', () => api.close());
  const http = await openHttp(options, api, stack);
  await openExtraPorts(options, () => createApi({ ...common, extraRoutes: writes }), stack);
  const open = has('horizon') ? await openListeners(options, intake, { stack, samplers }) : null;
  return { api, addresses: { pid: process.pid, http, carbon: null, carbonUdp: null, pickle: null, udp: null, ...open } };
}

async function startIntake({ config, clock, logger }: SkylarkOptions, { backend, room, stack }: { backend: Backend; room: RoomForMetrics; stack: StopStack }): Promise<Intake> {
  const intake = await createIntake({
    store: backend.series,
    clock,
    logger,
    shortage: () => room.shortage(),
    rules: {
      skip: [compileMatchers(config['horizon.skip'])],
      keep: config['horizon.keep'].length > 0 ? [compileMatchers(config['horizon.keep'])] : [],
      maxAgeSeconds: config['horizon.maxAge'] ?? config['store.retention'],
      maxFutureSeconds: config['horizon.maxFuture'],
      maxNameBytes: config['horizon.maxNameBytes'],
      maxMetrics: config['horizon.maxMetrics'],
      newMetricsPerMinute: config['horizon.newMetricsPerMinute'] ?? null,
    },
  });
  stack.push('intake', () => intake.close());
  return intake;
}

/** Loops of this thread: each ends with the signal it is given. */
function startLoops(stack: StopStack): (loop: (signal: AbortSignal) => Promise<void>) => void {
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  stack.push('loops', async () => {
    stopping.abort();
    await Promise.all(running);
  });
  return (loop) => void running.push(loop(stopping.signal));
}

function readOptions({ options, backend, search, demo }: { options: SkylarkOptions; backend: Backend; search: Thread; demo: DemoFeed | null }, stages: ReturnType<typeof createStages>): NonNullable<Parameters<typeof createApi>[0]['read']> {
  const find = async (request: SearchRequest): Promise<SearchAnswer> => (await search.call('search', request)) as SearchAnswer;
  const dashboardFolder = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url));
  return {
    backend,
    names: { createNameIndex, compileMatcher },
    search: find,
    alerts: alertFunctions({ ...options, backend }, find),
    changes: async (window, limit) => (await search.call('changes', { window, limit })) as MetricChange[],
    // A page about an anomaly is worth having without it.
    seenBefore: async (anomaly, limit) => (await search.call('seenBefore', { anomaly, limit }).catch(() => [])) as SeenBefore[],
    stages,
    async removeMetrics(metrics) {
      await demo?.forget(metrics);
      const removed = await backend.series.remove(metrics);
      await backend.anomalies.remove({ metrics });
      await backend.index.remove({ metrics });
      return removed;
    },
    ...(existsSync(dashboardFolder) ? { dashboardFolder } : {}),
  };
}

async function openHttp({ config, isSet, clock, logger }: SkylarkOptions, api: Api, stack: StopStack): Promise<string> {
  const setting = 'api.port';
  const listener = await onPort({ setting, port: config[setting], isSet: isSet(setting), logger }, (port) => listenHttp({ app: api.app, host: config['api.host'], port, clock }));
  stack.push('http', () => listener.close(2000));
  return addressText(listener.address);
}

async function openExtraPorts({ config, clock, logger }: SkylarkOptions, makeApi: () => Api, stack: StopStack): Promise<void> {
  if (config['horizon.http.ports'].length === 0) return;
  const api = makeApi();
  stack.push('extra ports', () => api.close());
  const setting = 'horizon.http.ports';
  for (const port of config[setting]) {
    const listener = await onPort({ setting, port, isSet: true, logger }, (free) => listenHttp({ app: api.app, host: config['horizon.host'], port: free, clock }));
    stack.push(`port ${port}`, () => listener.close(2000));
  }
}

async function openListeners({ config, isSet, clock, logger }: SkylarkOptions, intake: Intake, { stack, samplers }: { stack: StopStack; samplers: Sampler[] }): Promise<Partial<Addresses>> {
  const host = config['horizon.host'];
  if (!isLoopback(host)) logger.warn('horizon.open', { host, note: 'carbon, pickle and msgpack carry no credentials: anyone who reaches this address can write' });
  const open = async (setting: 'horizon.carbon.port' | 'horizon.pickle.port' | 'horizon.udp.port', listen: typeof listenCarbonTcp): Promise<string> => {
    const listener = await onPort({ setting, port: config[setting], isSet: isSet(setting), logger }, (port) => listen({ host, port, intake, clock, logger }));
    samplers.push(() => listener.samples());
    stack.push(setting, () => listener.close());
    return addressText(listener.address);
  };
  const carbon = await open('horizon.carbon.port', listenCarbonTcp);
  return {
    carbon,
    // The same number as TCP has, where that is free.
    carbonUdp: await open('horizon.carbon.port', listenCarbonUdp),
    pickle: await open('horizon.pickle.port', listenPickle),
    udp: await open('horizon.udp.port', listenMsgpackUdp),
  };
}

function lagCheck(lagSeconds: number | null): HealthCheck {
  if (lagSeconds === null) return { name: 'lag', ok: true, reason: 'no heartbeat yet' };
  const ok = lagSeconds < 60;
  return { name: 'lag', ok, reason: `${lagSeconds.toFixed(1)} s from sent to readable` };
}

/** A word of a metric's name: the host and what it runs. It stays the same over restarts, so that no series is left behind by each. */
function instanceName(targets: readonly Target[]): string {
  const roles = targets.length === targetNames.length ? 'all' : targets.join('-');
  return `${roles}@${hostname()}`.replace(/[^A-Za-z0-9_@-]/g, '_');
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function addressText({ host, port }: { host: string; port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
