import { defaultDetector, type StreamDetector } from '@skylark/algorithms';
import type { AnomalyFinding, AnomalyLog, Clock, SeriesStore, Window } from '@skylark/core';
import { type AnalyzerSettings, type CompiledSettings, compileSettings } from '../analyzer-settings.js';
import { readOutages } from '../own/outages.js';
import { createPacer, type Pacer } from '../pacer.js';
import { closedAt } from './closed-at.js';
import { compareFindings, type FindingsCompared } from './compare-findings.js';
import { replaySeries, type SeriesReplay } from './replay-series.js';
import { replayStream } from './replay-stream.js';

export interface ReplayOptions {
  readonly series: SeriesStore;
  readonly log: AnomalyLog;
  readonly clock: Clock;
  readonly settings: AnalyzerSettings;
  /** Of the ensemble `default`; another one only in tests. */
  readonly detector?: StreamDetector | undefined;
}

export interface ReplayRequest {
  readonly metrics: readonly string[];
  /** Default: each metric's first datapoint. */
  readonly from?: number | undefined;
  /** Default: now. */
  readonly until?: number | undefined;
  /** True: nothing is recorded. */
  readonly dryRun?: boolean | undefined;
  /** Aborted: answers for the metrics that were finished. */
  readonly signal?: AbortSignal | undefined;
}

/** Ids are those in the log, or, in a dry run, those they would have. */
export interface ReplayAnswer {
  /** Slots that were looked at, of all metrics; those in which nothing could change are passed over. */
  readonly slots: number;
  readonly found: readonly AnomalyFinding[];
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Judges stored series slot by slot at the data's own time, through the step of the rounds, and records what it finds.
 *
 * What is recorded already is kept: a finding that overlaps it takes its id, and what is not found again is told (`missing`), not removed. A finding
 * still open at the end is recorded as closed there; what the log holds as open belongs to the rounds and is left alone.
 * A metric's whole span is in memory at a time, 16 bytes a datapoint.
 */
export async function replay(options: ReplayOptions, request: ReplayRequest): Promise<ReplayAnswer> {
  const settings = compileSettings(options.settings);
  const pacer = createPacer(options.clock);
  const until = request.until ?? options.clock.now();
  const spans = request.from === undefined ? await options.series.spans(request.metrics) : [];
  const parts: (FindingsCompared & SeriesReplay)[] = [];
  for (const [index, metric] of request.metrics.entries()) {
    if (request.signal?.aborted) break;
    const from = request.from ?? spans[index]?.firstTimestamp ?? until;
    const replayed = await replayMetric(options, { metric, span: { from, until }, settings, pacer, signal: request.signal });
    if (replayed === null) break;
    const found = replayed.found.map((finding) => closedAt(finding, until));
    const compared = compareFindings(found, await recordedOf(options.log, metric, { from, until }), from);
    if (!request.dryRun) await options.log.record(compared.write);
    parts.push({ ...compared, slots: replayed.slots });
  }
  return {
    slots: parts.reduce((total, { slots }) => total + slots, 0),
    found: parts.flatMap(({ found }) => found),
    added: parts.flatMap(({ added }) => added),
    changed: parts.flatMap(({ changed }) => changed),
    missing: parts.flatMap(({ missing }) => missing),
  };
}

interface MetricReplay {
  readonly metric: string;
  readonly span: Window;
  readonly settings: CompiledSettings;
  readonly pacer: Pacer;
  readonly signal: AbortSignal | undefined;
}

/** null: aborted. */
async function replayMetric({ series: store, detector = defaultDetector }: ReplayOptions, { metric, span, settings, pacer, signal }: MetricReplay): Promise<SeriesReplay | null> {
  const window = { from: settings.isStreamed(metric) ? await firstStored(store, metric, span.from) : span.from - settings.windowSeconds, until: span.until };
  const [series] = await store.read([metric], window);
  if (!series) return { slots: 0, found: [] };
  const context = { settings, outages: await readOutages(store, window) };
  const stream = { detector, settings: settings.streamSettings, openAt: settings.life.openAt };
  const steps = settings.isStreamed(metric) ? replayStream(series, span, context, stream) : replaySeries(series, span, context);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    await pacer();
    if (signal?.aborted) return null;
  }
}

/** A state is made of everything there is. */
async function firstStored(store: SeriesStore, metric: string, from: number): Promise<number> {
  const [span] = await store.spans([metric]);
  return Math.min(from, span?.firstTimestamp ?? from);
}

async function recordedOf(log: AnomalyLog, metric: string, { from, until }: Window): Promise<AnomalyFinding[]> {
  const recorded: AnomalyFinding[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await log.query({ metric, state: 'all', from, until, limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    recorded.push(...page.anomalies);
    cursor = page.nextCursor;
    if (cursor === undefined) return recorded;
  }
}
