import type { PortName } from './memory/open-memory.js';
import type { Weather } from './network.js';
import { createRandom, type Random } from './random.js';

export const intervalSeconds = 60;
export const firstSlot = 28_000_000;
export const windowSeconds = 3600;

/** What goes wrong, and when (seconds since the start). `who` names a role's process, `analyzer-0`. */
export type Disturbance = { readonly at: number } & (
  | { readonly what: 'kill' | 'stop'; readonly who: string; readonly downSeconds: number }
  | { readonly what: 'pause'; readonly who: string; readonly forSeconds: number }
  | { readonly what: 'cut'; readonly who: string; readonly port: PortName; readonly forSeconds: number }
  | { readonly what: 'hold-up'; readonly port: PortName; readonly forSeconds: number }
  | { readonly what: 'skew'; readonly who: string; readonly seconds: number }
  | { readonly what: 'weather'; readonly weather: Partial<Weather> }
  | { readonly what: 'thought-dead' }
  | { readonly what: 'same-job-again'; readonly times: number }
  | { readonly what: 'foreign-job' }
  | { readonly what: 'remark' }
  | Ambush
  | { readonly what: 'log-sealed' }
  | { readonly what: 'snapshots-lost'; readonly how: 'gone' | 'damaged' }
  | { readonly what: 'removal'; readonly metric: string; readonly anomaliesToo: boolean }
);

/** Waits for a call: whoever of the role makes the next of its kind is killed or stopped when it was carried out, before it hears of it. */
export interface Ambush {
  readonly what: 'ambush';
  readonly role: 'analyzer' | 'importer';
  readonly port: PortName;
  readonly method: string;
  readonly then: 'kill' | 'pause';
  readonly forSeconds: number;
  /** The queue forgets what it had handed out, as after a failover that lost its newest writes: the slot at hand is nobody's any more. */
  readonly jobsLost: boolean;
}

export type Poison = 'throws' | 'slow' | 'unreadable';

export interface MetricPlan {
  readonly metric: string;
  /** Slots during which its values are far off: `[from, until)`, counted from the first. */
  readonly bursts: readonly (readonly [number, number])[];
  /** Slots during which it is silent. */
  readonly silences: readonly (readonly [number, number])[];
  readonly poison: Poison | null;
  /** Its datapoints arrive out of order, yet before their slots. */
  readonly jumbled: boolean;
  /** Slots before the calm whose datapoints arrive some slots late. What is found of such a metric depends on when it was looked at. */
  readonly late: readonly number[];
  /** It is removed at a time; and it may come back by itself with later datapoints. */
  readonly removed: { readonly at: number; readonly comesBack: boolean } | null;
}

/** What is found of a metric depends on the moments of a run only if it has datapoints that come late, or is removed. */
export const isExact = ({ late, removed }: MetricPlan): boolean => late.length === 0 && removed === null;

/** A run, decided in advance by its seed. */
export interface Plan {
  readonly seed: number;
  readonly ensemble: 'nine' | 'default';
  /** Whether a screen spares the nine the reading. */
  readonly screened: boolean;
  readonly shards: number;
  readonly analyzers: readonly string[];
  readonly importers: readonly string[];
  /** A worker keeps its name over its lives, as embedded: then nothing of a dead one is still on its way. */
  readonly stableNames: boolean;
  /** Events that the anomaly log keeps. */
  readonly keepEvents: number;
  readonly roughSlots: number;
  /** Slots until the rounds must be on time again. */
  readonly recoverySlots: number;
  readonly calmSlots: number;
  readonly metrics: readonly MetricPlan[];
  readonly disturbances: readonly Disturbance[];
}

const analyzerPorts: readonly PortName[] = ['series', 'log', 'queue', 'state', 'snapshots'];
const importerPorts: readonly PortName[] = ['series', 'log', 'index', 'state'];
/** Clocks are off by at most so many seconds. */
const mostSkew = 300;

export function planOf(seed: number): Plan {
  const random = createRandom(seed);
  const analyzers = Array.from({ length: random.pick([2, 2, 3, 4]) }, (_, i) => `analyzer-${i}`);
  const importers = Array.from({ length: random.whole(1, 2) }, (_, i) => `importer-${i}`);
  const roughSlots = random.whole(6, 16);
  const stage = { analyzers, importers, untilSeconds: roughSlots * intervalSeconds };
  const disturbances = disturbancesOf(random.fork(), stage);
  const skewed = disturbances.some((one) => one.what === 'skew');
  const recoverySlots = 3 + (skewed ? Math.ceil(mostSkew / intervalSeconds) : 0);
  const plan = {
    seed,
    ensemble: seed % 4 < 2 ? 'nine' : 'default',
    shards: random.whole(1, 4),
    analyzers,
    importers,
    stableNames: random.chance(0.3),
    keepEvents: random.chance(0.3) ? random.whole(1, 3) : 100_000,
    roughSlots,
    recoverySlots,
    calmSlots: recoverySlots + 14,
    metrics: metricsOf(random.fork(), roughSlots, roughSlots + recoverySlots),
    screened: random.chance(0.8),
  } as const satisfies Omit<Plan, 'disturbances'>;
  const removals = plan.metrics.flatMap(({ metric, removed }) => (removed === null ? [] : [{ at: removed.at, what: 'removal', metric, anomaliesToo: random.chance(0.5) } as const]));
  const more = [...disturbances, ...ambushesOf(random.fork(), stage), ...removals, ...outdatedImporters(random.fork(), plan)];
  return { ...plan, disturbances: more.sort((a, b) => a.at - b.at) };
}

interface Stage {
  readonly analyzers: readonly string[];
  readonly importers: readonly string[];
  readonly untilSeconds: number;
}

/** Each kind of trouble is in about half of the runs, so that each is met alone and together with each other. */
function disturbancesOf(random: Random, { analyzers, importers, untilSeconds }: Stage): Disturbance[] {
  const everybody = [...analyzers, ...importers];
  const at = (): number => random.between(0, untilSeconds);
  /** Every second one hits a round at work: a slot is due after two seconds, and judged within some tens of milliseconds. */
  const atWork = (): number => (random.chance(0.5) ? at() : random.whole(1, untilSeconds / intervalSeconds) * intervalSeconds + 2 + random.between(0, 0.12));
  const some = (probability: number, most: number, make: () => Disturbance | readonly Disturbance[]): Disturbance[] =>
    random.chance(probability) ? Array.from({ length: random.whole(1, most) }, make).flat() : [];
  const portsOf = (who: string): readonly PortName[] => (who.startsWith('analyzer') ? analyzerPorts : importerPorts);
  return [
    ...some(0.6, 8, () => ({ at: atWork(), what: 'kill', who: random.pick(everybody), downSeconds: random.between(0.5, 90) })),
    ...some(0.3, 4, () => ({ at: at(), what: 'stop', who: random.pick(everybody), downSeconds: random.between(0.5, 30) })),
    ...some(0.5, 6, () => ({ at: atWork(), what: 'pause', who: random.pick(everybody), forSeconds: random.between(1, 150) })),
    ...some(0.4, 5, () => {
      const who = random.chance(0.3) ? '*' : random.pick(everybody);
      return { at: at(), what: 'cut', who, port: random.pick(who === '*' ? (['series', 'log', 'index', 'state', 'queue', 'snapshots'] as const) : portsOf(who)), forSeconds: random.between(1, 180) };
    }),
    ...some(0.5, 5, () => ({ at: atWork(), what: 'hold-up', port: random.pick(['log', 'log', 'state', 'index', 'snapshots'] as const), forSeconds: random.between(3, 90) })),
    ...some(0.3, 4, () => ({ at: at(), what: 'skew', who: random.pick(analyzers), seconds: random.between(-mostSkew, mostSkew) })),
    ...some(0.5, 3, () => roughWeather(random, at())),
    ...some(0.4, 8, () => ({ at: at(), what: 'thought-dead' })),
    ...some(0.2, 1, () => everybodyDown(random, analyzers, at())),
    ...some(0.3, 1, () => everybodyDown(random, importers, at())),
    ...some(0.2, 1, () => ({ at: at(), what: 'same-job-again', times: 100 })),
    ...some(0.2, 1, () => ({ at: at(), what: 'foreign-job' })),
    ...some(0.3, 3, () => ({ at: at(), what: 'remark' })),
    ...some(0.2, 2, () => ({ at: at(), what: 'log-sealed' })),
    ...some(0.2, 2, () => ({ at: at(), what: 'snapshots-lost', how: random.pick(['gone', 'damaged'] as const) })),
  ].sort((a, b) => a.at - b.at) as Disturbance[];
}

function roughWeather(random: Random, at: number): readonly Disturbance[] {
  const often = (probability: number, most: number): number => (random.chance(probability) ? random.between(0, most) : 0);
  const weather: Partial<Weather> = {
    latencyMs: random.pick([1, 5, 50, 400]),
    slowChance: often(0.5, 0.1),
    lostChance: often(0.6, 0.15),
    answerLostChance: often(0.6, 0.15),
    hangChance: often(0.5, 0.06),
    readMs: random.chance(0.5) ? random.pick([2000, 15_000, 60_000, 90_000]) : 0,
  };
  return [{ at, what: 'weather', weather }];
}

type Moment = readonly [PortName, string];

/** More often what matters more. */
const analyzerMoments: readonly Moment[] = [
  ['log', 'record'], ['log', 'record'], ['log', 'record'], ['log', 'record'], ['state', 'set'], ['state', 'set'], ['state', 'get'], ['state', 'acquire'], ['state', 'release'],
  ['log', 'query'], ['series', 'follow'], ['series', 'read'], ['queue', 'claim'], ['queue', 'finish'], ['snapshots', 'read'], ['snapshots', 'write'],
];
const importerMoments: readonly Moment[] = [['series', 'read'], ['series', 'read'], ['index', 'put'], ['state', 'set'], ['state', 'acquire'], ['log', 'follow'], ['state', 'get']];

function ambushesOf(random: Random, { untilSeconds }: Stage): Disturbance[] {
  const ambush = (): Disturbance => {
    const role = random.pick(['analyzer', 'analyzer', 'importer'] as const);
    const [port, method] = random.pick(role === 'analyzer' ? analyzerMoments : importerMoments);
    const then = random.pick(['kill', 'pause'] as const);
    return { at: random.between(0, untilSeconds), what: 'ambush', role, port, method, then, forSeconds: random.between(0.5, then === 'kill' ? 90 : 150), jobsLost: random.chance(0.4) };
  };
  return random.chance(0.5) ? Array.from({ length: random.whole(1, 8) }, ambush) : [];
}

/** An importer that has read what it is about to put, and is stopped until the anomaly has long become another: what it then puts is outdated. */
function outdatedImporters(random: Random, { metrics }: Pick<Plan, 'metrics'>): Disturbance[] {
  if (!random.chance(0.3)) return [];
  const [from] = random.pick(metrics.filter(({ bursts }) => bursts.length > 0)).bursts[0]!;
  return [{ at: from * intervalSeconds, what: 'ambush', role: 'importer', port: 'series', method: 'read', then: 'pause', forSeconds: random.between(60, 600), jobsLost: false }];
}

/** Nobody schedules, or nobody indexes, for a while. */
function everybodyDown(random: Random, roles: readonly string[], at: number): readonly Disturbance[] {
  const downSeconds = random.between(60, 600);
  return roles.map((who) => ({ at, what: 'kill', who, downSeconds }));
}

/** Some of everything while it is rough, and in the calm after it an anomaly that opens and closes on time. */
function metricsOf(random: Random, roughSlots: number, recovered: number): MetricPlan[] {
  const quiet = { bursts: [], silences: [], poison: null, jumbled: false, late: [], removed: null };
  const burst = (): readonly [number, number] => {
    const from = random.whole(0, Math.max(1, roughSlots - 2));
    return [from, from + random.whole(1, 8)];
  };
  const calmBurst = [recovered + 1, recovered + 3] as const;
  return [
    { ...quiet, metric: `web.${random.whole(0, 99)}.latency`, bursts: [burst()] },
    { ...quiet, metric: `cache.${random.whole(0, 99)}.misses`, bursts: [burst(), burst()], jumbled: random.chance(0.5) },
    { ...quiet, metric: `mail.${random.whole(0, 99)}.queued`, bursts: [burst(), burst()] },
    { ...quiet, metric: `web.${random.whole(0, 99)}.errors`, bursts: [burst(), calmBurst] },
    { ...quiet, metric: `db.${random.whole(0, 99)}.rows`, bursts: [calmBurst], jumbled: random.chance(0.5) },
    { ...quiet, metric: `job.${random.whole(0, 99)}.runs`, silences: [[random.whole(-9, 3), roughSlots + random.whole(-3, 4)]] },
    { ...quiet, metric: `host.${random.whole(0, 99)}.load` },
    ...(random.chance(0.3) ? [{ ...quiet, metric: `far.${random.whole(0, 99)}.away`, bursts: [burst(), calmBurst], late: Array.from({ length: random.whole(1, 6) }, () => random.whole(0, roughSlots - 1)) }] : []),
    ...(random.chance(0.3) ? [{ ...quiet, metric: `old.${random.whole(0, 99)}.gone`, bursts: [burst(), burst()], removed: { at: random.between(0, roughSlots * intervalSeconds), comesBack: random.chance(0.5) } }] : []),
    ...(random.chance(0.4) ? [{ ...quiet, metric: 'poison', poison: random.pick(['throws', 'slow', 'unreadable'] as const) }] : []),
  ];
}
