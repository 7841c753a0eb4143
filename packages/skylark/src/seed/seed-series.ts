import { type Incident, type IncidentKind, incidentKinds, labelsOf, type PlannedIncident, valueAt } from './incident.js';
import { keyOf, uniform } from './noise.js';
import { createModel, type SeriesKind, type SeriesModel } from './series-model.js';

export interface SeedOptions {
  readonly metrics: number;
  readonly hours: number;
  readonly seed: number;
  /** Datapoints are on the grid of the resolution in `[until - hours, until)`; seconds since the epoch. */
  readonly until: number;
  readonly resolutionSeconds: number;
  /** When the incidents that last to the end are over; default `until`. Later: they go on in `liveDatapoints`. */
  readonly lastUntil?: number | undefined;
}

export interface SeedSeries {
  readonly metric: string;
  readonly kind: SeriesKind;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly incidents: readonly Incident[];
}

/** A metric with all that will happen to it. */
export interface PlannedSeries {
  readonly model: SeriesModel;
  readonly incidents: readonly PlannedIncident[];
}

interface Measure {
  readonly name: string;
  readonly kind: SeriesKind;
  readonly level: number;
}

const services = ['shop', 'search', 'billing', 'login', 'mail'];
const measures: readonly Measure[] = [
  { name: 'http.requests.rate', kind: 'rhythm', level: 420 },
  { name: 'http.latency.p99', kind: 'latency', level: 180 },
  { name: 'cpu.busy', kind: 'load', level: 38 },
  { name: 'jobs.running', kind: 'bursts', level: 12 },
  { name: 'queue.depth', kind: 'load', level: 90 },
  { name: 'bytes.total', kind: 'counter', level: 8e6 },
  { name: 'retries.count', kind: 'sparse', level: 14 },
];

/**
 * How an incident of a kind looks: on what it happens, how long, how strong in spreads. No two kinds begin within three minutes and a half of each other or of the group
 * that is still going on: what begins together is taken for one incident.
 */
const manners: Readonly<Record<IncidentKind, { on: string; minutes: number; size: number }>> = {
  spike: { on: 'http.latency.p99', minutes: 7, size: 14 },
  dip: { on: 'http.requests.rate', minutes: 3, size: 0 },
  shift: { on: 'queue.depth', minutes: 24, size: 14 },
  drift: { on: 'cpu.busy', minutes: 50, size: 16 },
  variance: { on: 'http.requests.rate', minutes: 28, size: 16 },
  stop: { on: 'cpu.busy', minutes: 40, size: 0 },
  flat: { on: 'queue.depth', minutes: 130, size: 0 },
  'missed-rhythm': { on: 'jobs.running', minutes: 90, size: 0 },
  change: { on: 'http.latency.p99', minutes: 12, size: 12 },
};
const groupMinutes = { ongoing: 28, before: 20 };
const groupLags = [0, 20, 60, 120];
/** Who moves with the group that is still going on, and is too faint to be found. */
const faintFollower = { on: 'http.requests.rate', lagSeconds: 40, size: 1 };

/**
 * What `skylark seed` sends: the first metrics have one incident of each kind that lasts to the end, the next four share a shape that is still going on, four more
 * shared one earlier, and one moves faintly with the former; of the rest every other one had an incident of some kind. Everything follows from the options.
 *
 * @example for (const { metric, timestamps, values } of seedSeries({ metrics: 100, hours: 24, seed: 1, until: now, resolutionSeconds: 60 })) send(metric, timestamps, values)
 */
export function* seedSeries(options: SeedOptions): Generator<SeedSeries> {
  for (const planned of planSeed(options)) yield sampled(planned, { from: options.until - options.hours * 3600, until: options.until, resolutionSeconds: options.resolutionSeconds });
}

/** The plan behind it, for `liveDatapoints`: values go on after `until`. */
export function planSeed(options: SeedOptions): PlannedSeries[] {
  return Array.from({ length: options.metrics }, (_, index) => {
    const measure = measureOf(index);
    const metric = `seed.${services[index % services.length]!}.node-${String(Math.floor(index / services.length) + 1).padStart(2, '0')}.${measure.name}`;
    return { model: createModel(options.seed, metric, measure.kind, measure.level), incidents: incidentsOf(index, metric, options) };
  });
}

/** A series as columns, on the grid of the resolution in `[from, until)`. */
export function sampled({ model, incidents }: PlannedSeries, { from, until, resolutionSeconds }: { from: number; until: number; resolutionSeconds: number }): SeedSeries {
  const [timestamps, values]: [number[], number[]] = [[], []];
  for (let time = Math.ceil(from / resolutionSeconds) * resolutionSeconds; time < until; time += resolutionSeconds) {
    const value = valueAt(model, incidents, time);
    if (value === null) continue;
    timestamps.push(time);
    values.push(value);
  }
  const inSpan = incidents.filter(({ start, end }) => start < until && end > from);
  return { metric: model.metric, kind: model.kind, timestamps: Float64Array.from(timestamps), values: Float64Array.from(values), incidents: labelsOf(inSpan.map((incident) => ({ ...incident, end: Math.min(incident.end, until) }))) };
}

const kindCount = incidentKinds.length;
const groupSize = groupLags.length;

function measureOf(index: number): Measure {
  const kind = incidentKinds[index];
  if (kind !== undefined) return measures.find(({ name }) => name === manners[kind].on)!;
  if (index === kindCount + 2 * groupSize) return measures.find(({ name }) => name === faintFollower.on)!;
  return index < kindCount + 2 * groupSize ? measures[index % 3]! : measures[index % measures.length]!;
}

/** A fall is rare to histogram_bins for twenty datapoints only, see `kindsTheNineSee`. */
const longestDip = 15;

function incidentsOf(index: number, metric: string, { seed, until, hours, resolutionSeconds, lastUntil = until }: SeedOptions): PlannedIncident[] {
  const span = hours * 3600;
  const lasts = (kind: IncidentKind): number => Math.min(manners[kind].minutes * 60, span / 3, kind === 'dip' ? longestDip * resolutionSeconds : Infinity);
  const kind = incidentKinds[index];
  const key = keyOf(seed, metric);
  if (kind !== undefined) return [{ metric, kind, start: until - lasts(kind), end: lastUntil, shapeSeconds: lasts(kind), size: manners[kind].size, shapeKey: key }];
  const member = index - kindCount;
  if (member < 2 * groupSize) return [groupIncident(metric, { member: member % groupSize, ongoing: member < groupSize, seed, until, span, resolutionSeconds })];
  if (member === 2 * groupSize) return [faintIncident(metric, { ongoing: true, seed, until, span, resolutionSeconds })];
  if (uniform(key, 1) < 0.5) return [];
  const past = incidentKinds[Math.floor(uniform(key, 2) * kindCount)]!;
  const start = Math.floor(until - span * (0.25 + 0.65 * uniform(key, 3)));
  return [{ metric, kind: past, start, end: start + lasts(past), size: manners[past].size * (0.7 + 0.6 * uniform(key, 4)), shapeKey: key }];
}

interface Group {
  readonly ongoing: boolean;
  readonly seed: number;
  readonly until: number;
  readonly span: number;
  readonly resolutionSeconds: number;
}

interface Membership extends Group {
  readonly member: number;
}

function groupIncident(metric: string, { member, ...group }: Membership): PlannedIncident {
  const lagSeconds = groupLags[member]!;
  return { ...together(metric, group, lagSeconds), group: nameOf(group), lagSeconds, size: 22 };
}

const faintIncident = (metric: string, group: Group): PlannedIncident => ({ ...together(metric, group, faintFollower.lagSeconds), size: faintFollower.size, faint: true });

const nameOf = ({ ongoing }: Group): string => (ongoing ? 'group-now' : 'group-before');

function together(metric: string, group: Group, lagSeconds: number): Pick<PlannedIncident, 'metric' | 'kind' | 'start' | 'end' | 'shapeKey'> {
  const { ongoing, seed, until, span, resolutionSeconds } = group;
  const lasts = Math.min((ongoing ? groupMinutes.ongoing : groupMinutes.before) * 60, span / 3);
  const first = beforeGrid(until - (ongoing ? 0.65 * lasts : 0.45 * span), resolutionSeconds);
  return { metric, kind: 'spike', start: first + lagSeconds, end: first + lagSeconds + lasts, shapeKey: keyOf(seed, nameOf(group)) };
}

/** A sixth of the resolution before a datapoint: who moves first shows first, though the next one follows before another datapoint. */
function beforeGrid(time: number, resolutionSeconds: number): number {
  return Math.floor(time / resolutionSeconds) * resolutionSeconds - Math.ceil(resolutionSeconds / 6);
}
