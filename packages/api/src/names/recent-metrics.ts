import type { AnomalyLog, Clock, Severity } from '@skylark/core';
import { severityOf } from '@skylark/core';

export interface RecentMetrics {
  /** Metrics with an anomaly that is open or ended within the day. */
  readonly metrics: () => Promise<ReadonlySet<string>>;
  /** The worst open severity of each metric that has one. */
  readonly worst: () => Promise<ReadonlyMap<string, Severity>>;
}

interface Known {
  readonly metrics: ReadonlySet<string>;
  readonly worst: ReadonlyMap<string, Severity>;
  readonly atMs: number;
}

const daySeconds = 86_400;
const freshMs = 2000;
const mostAnomalies = 20_000;

/** Asks the log at most every two seconds, whoever wants to know; by score, so that the worst are known if there are very many. */
export function createRecentMetrics(anomalies: AnomalyLog, clock: Clock): RecentMetrics {
  let known: Known | null = null;
  let asking: Promise<Known> | null = null;

  async function ask(): Promise<Known> {
    const metrics = new Set<string>();
    const worst = new Map<string, Severity>();
    const [from, until] = [clock.now() - daySeconds, clock.now() + daySeconds];
    for (let [cursor, seen]: [string | undefined, number] = [undefined, 0]; seen < mostAnomalies; ) {
      const page: Awaited<ReturnType<AnomalyLog['query']>> = await anomalies.query({ state: 'all', from, until, limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
      for (const { metric, state, score } of page.anomalies) {
        metrics.add(metric);
        if (state === 'open' && !worst.has(metric)) worst.set(metric, severityOf(score));
      }
      seen += page.anomalies.length;
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    return { metrics, worst, atMs: clock.elapsedMs() };
  }

  async function current(): Promise<Known> {
    if (known !== null && clock.elapsedMs() - known.atMs < freshMs) return known;
    asking ??= ask().finally(() => (asking = null));
    return (known = await asking);
  }

  return { metrics: async () => (await current()).metrics, worst: async () => (await current()).worst };
}
