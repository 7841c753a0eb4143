import type { AnomalyFinding, AnomalyLog, Logger, NameMatcher, ShardNames, StateStore } from '@skylark/core';
import { emptyMemory, type MetricMemory } from '../life/metric-memory.js';
import type { Tail } from '../life/tail.js';
import type { ShardStates } from '../streams/shard-states.js';
import { loadQuarantine, type Quarantine } from './quarantine.js';

/** What is remembered of a shard between slots; rebuilt from the log whenever somebody else judged the shard, or a round failed. */
export interface ShardMemory {
  /** Of the shard's round record when this was true; see `round-record.ts`. */
  readonly version: number;
  /** Of the last lease under which this was true. */
  token: number;
  names: ShardNames;
  /** Only metrics with something to remember. */
  readonly metrics: Map<string, MetricMemory>;
  /** The newest datapoint judged of each metric: it is not judged again. */
  readonly judged: Map<string, Tail>;
  /** Findings as the log has them, by metric and kind. */
  readonly recorded: Map<string, AnomalyFinding>;
  readonly quarantine: Quarantine;
  /** What is known of the metrics that are judged datapoint by datapoint; null: none is. */
  readonly states: ShardStates | null;
  /** The screen's states, where one spares the nine the reading; null: every window is read. */
  readonly screens: ShardStates | null;
}

export interface LoadOptions {
  readonly log: AnomalyLog;
  readonly state: StateStore;
  readonly logger: Logger;
  readonly shard: number;
  readonly inShard: NameMatcher;
  /** Closed findings that ended before it are not reopened. */
  readonly since: number;
  /** See `RoundRecord.flagged`. */
  readonly flagged: Readonly<Record<string, number>>;
  readonly version: number;
  readonly token: number;
  readonly states: ShardStates | null;
  readonly screens: ShardStates | null;
}

export async function loadShardMemory({ log, state, logger, shard, inShard, since, flagged, version, token, states, screens }: LoadOptions): Promise<ShardMemory> {
  const metrics = new Map<string, MetricMemory>();
  const recorded = new Map<string, AnomalyFinding>();
  for (const finding of await newestFindings(log, inShard, since)) {
    recorded.set(recordedKey(finding), finding);
    const lastFlagged = Math.max(finding.lastFlagged, flagged[finding.id] ?? 0);
    metrics.set(finding.metric, { ...(metrics.get(finding.metric) ?? emptyMemory), [finding.kind]: { ...finding, lastFlagged } });
  }
  const quarantine = await loadQuarantine(state, shard, logger);
  return { version, token, names: { version: -1, metrics: [] }, metrics, judged: new Map(), recorded, quarantine, states, screens };
}

export const recordedKey = ({ kind, metric }: Pick<AnomalyFinding, 'kind' | 'metric'>): string => `${kind} ${metric}`;

/** The finding of each metric and kind that was flagged last. */
async function newestFindings(log: AnomalyLog, matches: NameMatcher, since: number): Promise<AnomalyFinding[]> {
  const newest = new Map<string, AnomalyFinding>();
  for (let cursor: string | undefined; ; ) {
    const page = await log.query({ state: 'all', matches, from: since, limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    for (const anomaly of page.anomalies) {
      const other = newest.get(recordedKey(anomaly));
      if (other === undefined || isNewer(anomaly, other)) newest.set(recordedKey(anomaly), findingOf(anomaly));
    }
    cursor = page.nextCursor;
    if (cursor === undefined) return [...newest.values()];
  }
}

const isNewer = (one: AnomalyFinding, other: AnomalyFinding): boolean =>
  one.state === other.state ? one.lastFlagged > other.lastFlagged : one.state === 'open';

/** Without people's remarks, which are not the analyzer's to keep. */
function findingOf(anomaly: AnomalyFinding): AnomalyFinding {
  const { id, metric, kind, state, start, end, peak, value, score, expected, votes, detectors, explanation, lastFlagged, updated } = anomaly;
  return { id, metric, kind, state, start, end, peak, value, score, expected, votes, detectors, explanation, lastFlagged, updated };
}
