import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment, RoleName } from './deployment.js';

export interface Load {
  /** Ends it; answers how many datapoints were acknowledged. */
  stop(): Promise<number>;
  /** Reads back all that was acknowledged. */
  verify(deployment: Deployment): Promise<{ lost: number; wrong: number }>;
  /** What a client that tries again saw all the same. */
  errors(): readonly string[];
  tries(): number;
}

const writers = 4;
const metricsAWriter = 10;
/** A client gives up when nobody took its datapoints for so long. */
const patienceMs = 20_000;
const historySeconds = 7200;

/** A quiet course; once `since` has come, each metric leaves it for half a minute of every four, so that every round has something to find. Anyone can tell a wrong value. */
function valueAt(metric: number, timestamp: number, since: number): number {
  const isOdd = timestamp >= since && (Math.floor(timestamp / 30) + metric) % 8 === 0;
  return 100 + ((timestamp * 7 + metric * 13) % 17) + (isOdd ? 400 + (timestamp % 30) : 0);
}

/** Clients that write over HTTP, each to any of the horizons: one that does not answer, or not with yes, is left for another, and asked again later. */
export function startLoad(deployment: Deployment, horizons: readonly RoleName[]): Load {
  const acknowledged = new Map<string, Set<number>>();
  const errors: string[] = [];
  let [count, tries, stopping] = [0, 0, false];
  const since = Math.floor(Date.now() / 1000);
  const pointOf = (metric: number, timestamp: number): { metric: string; timestamp: number; value: number } => ({ metric: `load.metric-${metric}`, timestamp, value: valueAt(metric, timestamp, since) });

  async function put(points: readonly { metric: string; timestamp: number; value: number }[], first: number): Promise<void> {
    const began = performance.now();
    for (let turn = first; ; turn += 1) {
      tries += 1;
      const seen = await tryOnce(deployment, horizons[turn % horizons.length]!, points);
      if (seen === 'accepted') break;
      if (performance.now() - began > patienceMs) return void errors.push(seen);
      // Refused for what it is: no use in trying again.
      if (/^4/.test(seen)) return void errors.push(seen);
      await sleep(50);
    }
    for (const { metric, timestamp } of points) {
      const known = acknowledged.get(metric) ?? new Set<number>();
      acknowledged.set(metric, known.add(timestamp));
      count += 1;
    }
  }

  async function write(writer: number): Promise<void> {
    const metrics = Array.from({ length: metricsAWriter }, (_, i) => writer * metricsAWriter + i);
    for (const metric of metrics) await put(Array.from({ length: historySeconds / 10 }, (_, i) => pointOf(metric, since - historySeconds + 10 * i)), writer);
    for (let turn = writer; !stopping; turn += 1) {
      const timestamp = Math.floor(Date.now() / 1000);
      await put(metrics.map((metric) => pointOf(metric, timestamp)), turn);
      await sleep(200);
    }
  }

  const running = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return {
    async stop() {
      stopping = true;
      await running;
      return count;
    },
    async verify({ store }) {
      let [lost, wrong] = [0, 0];
      for (const [metric, timestamps] of acknowledged) {
        const [series] = await store.series.read([metric], { from: 0, until: 2 ** 32 });
        const stored = new Map(Array.from(series!.timestamps, (timestamp, i): [number, number] => [timestamp, series!.values[i]!]));
        for (const timestamp of timestamps) {
          const value = stored.get(timestamp);
          if (value === undefined) lost += 1;
          else if (value !== valueAt(Number(metric.split('-')[1]), timestamp, since)) wrong += 1;
        }
      }
      return { lost, wrong };
    },
    errors: () => errors,
    tries: () => tries,
  };
}

/** `accepted`, or what was seen instead. */
async function tryOnce(deployment: Deployment, horizon: RoleName, points: readonly unknown[]): Promise<string> {
  try {
    const response = await fetch(`${deployment.role(horizon).url}/api/v1/datapoints`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(points), signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    if (response.status !== 200) return `${response.status} ${text.slice(0, 200)}`;
    const { accepted } = JSON.parse(text) as { accepted: number };
    return accepted === points.length ? 'accepted' : `200, but ${text.slice(0, 200)}`;
  } catch (error) {
    return `${horizon}: ${error instanceof Error ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}` : String(error)}`;
  }
}
