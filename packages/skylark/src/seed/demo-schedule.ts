import { demoMetrics, overloadOf } from './demo-metrics.js';
import type { IncidentKind, PlannedIncident } from './incident.js';
import { keyOf, uniform } from './noise.js';
import type { SeriesKind } from './series-model.js';

/**
 * When the demo's metrics misbehave: for ever, a function of the seed, the anchor and time alone.
 *
 * What happens to a metric every few hours is usual for it, and no detector that learns would tell. So each has something once a day at most, and many take turns.
 * Around the anchor, when the demo began, a line-up on metrics that had a quiet day makes sure that the first page has something to show; what does not
 * belong together begins more than three minutes apart, for what begins together is taken for one incident.
 */
export interface DemoSchedule {
  /** Incidents of a metric that overlap `[from, until)`, in order of start; none of one metric overlap. */
  incidentsOf(metric: string, from: number, until: number): PlannedIncident[];
}

/** Something that happens to one metric again and again, the first time relative to the anchor. */
interface Act {
  readonly metric: string;
  readonly kind: IncidentKind;
  readonly startSeconds: number;
  readonly lastsSeconds: number;
  readonly everySeconds: number;
  readonly size: number;
  readonly group?: { readonly name: string; readonly lagSeconds: number; readonly faint?: true | undefined };
}

const minute = 60;
const hour = 3600;

/** Ongoing at the anchor or soon after it; again after 25 h. */
const lineUp: readonly Act[] = [
  act('demo.search.eu-1.heap.used', 'drift', [-60, 90, 20]),
  act('demo.db.us-1.replica-2.lag.ms', 'stop', [-52, 80, 0]),
  act('demo.search.us-1.heap.used', 'flat', [-38, 60, 0]),
  act('demo.auth.us-1.latency.p95', 'change', [-17, 30, 12]),
  act('demo.checkout.us-1.orders.rate', 'dip', [-13.5, 22, 0]),
  act('demo.search.us-1.queries.rate', 'shift', [-10, 24, 9]),
  act('demo.search.us-1.latency.p99', 'spike', [-9.5, 22, 13]),
  act('demo.queue.eu-1.mail.depth', 'shift', [-0.5, 30, 10]),
  act('demo.cache.us-1.misses.rate', 'variance', [4, 20, 18]),
];

function act(metric: string, kind: IncidentKind, [startMinutes, minutes, size]: readonly [number, number, number]): Act {
  return { metric, kind, startSeconds: startMinutes * minute, lastsSeconds: minutes * minute, everySeconds: 25 * hour, size };
}

/** The database of a region slows down, and what depends on it follows. */
const overloads: readonly Act[] = [
  { region: 'eu-1', startSeconds: -6 * minute, lastsSeconds: 26 * minute, everySeconds: 25 * hour },
  { region: 'us-1', startSeconds: 100 * minute, lastsSeconds: 16 * minute, everySeconds: 17 * hour },
].flatMap(({ region, startSeconds, lastsSeconds, everySeconds }) =>
  overloadOf(region).map(({ metric, lagSeconds, faint }): Act => ({
    metric, kind: 'spike', startSeconds: startSeconds + lagSeconds, lastsSeconds, everySeconds, size: faint ? 1.5 : lagSeconds === 0 ? 26 : 13, group: { name: `overload-${region}`, lagSeconds, faint },
  })),
);

/** All other steady metrics take turns: one begins in every turn, so that each has an incident a day or so; none while the line-up is at the first page. */
const turnSeconds = 1800;
const kindsOfTurns: readonly IncidentKind[] = ['spike', 'stop', 'shift', 'dip', 'flat', 'spike', 'change', 'stop', 'variance'];
const lineUpSpan = { from: -70 * minute, until: 15 * minute };
const steadyKinds: readonly SeriesKind[] = ['rhythm', 'latency', 'load'];

export function createDemoSchedule(seed: number, anchor: number): DemoSchedule {
  const acts = new Map([...lineUp, ...overloads].map((one) => [one.metric, one]));
  const places = new Map(takingTurns(seed, new Set(acts.keys())).map((metric, place) => [metric, place]));

  const isAtLineUp = (start: number): boolean => start >= anchor + lineUpSpan.from && start < anchor + lineUpSpan.until;

  return {
    incidentsOf(metric, from, until) {
      const featured = acts.get(metric);
      const place = places.get(metric);
      let incidents: PlannedIncident[] = [];
      if (featured) incidents = timesOf(from - longest, until, anchor + featured.startSeconds, featured.everySeconds).map((start) => performed(featured, start, seed));
      else if (place !== undefined) incidents = timesOf(from - longest, until, place * turnSeconds, places.size * turnSeconds).map((start) => inTurn(metric, start, seed)).filter(({ start }) => !isAtLineUp(start));
      return incidents.filter(({ start, end }) => start < until && end > from);
    },
  };
}

/** No incident lasts longer. */
const longest = 2 * hour;

/** The times `first + k x every` in `[from, until)`. */
function timesOf(from: number, until: number, first: number, every: number): number[] {
  const k = Math.ceil((from - first) / every);
  return Array.from({ length: Math.max(0, Math.ceil((until - first) / every) - k) }, (_, index) => first + (k + index) * every);
}

function performed({ metric, kind, lastsSeconds, size, group }: Act, start: number, seed: number): PlannedIncident {
  const common = { metric, kind, start, end: start + lastsSeconds, size };
  if (!group) return { ...common, shapeKey: keyOf(seed + start, metric) };
  return { ...common, group: group.name, lagSeconds: group.lagSeconds, shapeKey: keyOf(seed + start - group.lagSeconds, group.name), ...(group.faint ? { faint: true } : {}) };
}

function inTurn(metric: string, turnStart: number, seed: number): PlannedIncident {
  const key = keyOf(seed + turnStart, metric);
  const kind = kindsOfTurns[Math.floor(uniform(key, 1) * kindsOfTurns.length)]!;
  const lasts = kind === 'stop' || kind === 'flat' ? 24 * minute : 12 * minute + 8 * minute * uniform(key, 3);
  const start = turnStart + Math.floor(120 * uniform(key, 2));
  return { metric, kind, start, end: start + Math.floor(lasts), size: 11 + 5 * uniform(key, 4), shapeKey: key };
}

function takingTurns(seed: number, others: ReadonlySet<string>): string[] {
  const key = keyOf(seed, 'demo turns');
  const steady = demoMetrics.filter(({ name, kind }) => steadyKinds.includes(kind) && !others.has(name));
  return steady.map(({ name }, index) => ({ name, rank: uniform(key, index) })).sort((a, b) => a.rank - b.rank).map(({ name }) => name);
}
