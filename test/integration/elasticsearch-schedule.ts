import { setImmediate as nextTurn } from 'node:timers/promises';
import { isSkylarkError, silentLogger, type AnomalyFinding, type AnomalyLog, type Backend, type Clock } from '../../packages/core/src/index.js';
import { createImporter, type Importer } from '../../packages/importer/src/index.js';
import { openElasticsearchIndex } from '../../packages/storage/src/elasticsearch/open-elasticsearch-index.js';
import type { Fault, StandIn } from '../servers/elasticsearch/stand-in.js';

/** mulberry32: one seed, one run. */
export function generator(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let t = Math.imul(at ^ (at >>> 15), 1 | at);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const day = 86_400;
export const epoch = 1_700_000_000;

/** Moves a millisecond with every look, and by what is slept, which takes no time. */
export function steppingClock(): Clock & { at: number } {
  const clock = {
    at: epoch,
    now: () => (clock.at += 0.001),
    elapsedMs: () => (clock.at += 0.001) * 1000,
    sleep: async (ms: number) => {
      clock.at += ms / 1000;
      await nextTurn();
    },
  };
  return clock;
}

export interface ScheduleOptions {
  readonly seed: number;
  /** The anomaly log and all else but the index; one for many schedules, each has ids of its own. */
  readonly backend: Backend;
  readonly clock: ReturnType<typeof steppingClock>;
  readonly standIn: StandIn;
}

export interface ScheduleReport {
  readonly faults: number;
  readonly requests: number;
  readonly rebuilds: number;
}

/**
 * Anomalies open, change, close and go while the index fails as the seed says and importers are killed; afterwards every anomaly of the log is in the index
 * once and as it is in the log, what is gone is not, and what is refused for good is a dead letter.
 *
 * @throws Error that names the seed and what is wrong
 */
export async function runSchedule({ seed, backend, clock, standIn }: ScheduleOptions): Promise<ScheduleReport> {
  const random = generator(seed);
  const plan = { faults: Math.floor(random() * 14), made: 0, missed: 0 };
  const before = standIn.requests();
  standIn.forget();
  standIn.script = ({ path }) => {
    if (plan.made >= plan.faults || random() < 0.55) return { kind: 'none' };
    plan.made += 1;
    return faultOf(random, path);
  };
  const ids = Array.from({ length: 1 + Math.floor(random() * 9) }, (_, i) => `s${seed}-${i}`);
  for (const id of ids) if (random() < 0.05) standIn.poison.add(id);
  const started: RunningImporter[] = [];
  const start = async (): Promise<RunningImporter> => {
    const index = await openElasticsearchIndex({ node: standIn.url, prefix: 'skylark', clock, logger: silentLogger, random, requestTimeoutMs: 30 });
    const importer = createImporter({ log: missing(backend.anomalies, () => plan.missed > 0 && (plan.missed -= 1) >= 0), index, series: backend.series, state: backend.state, clock, logger: silentLogger, random });
    started.push({ importer, kill: () => index.close() });
    return started.at(-1)!;
  };
  let current = await start();
  for (let step = 0; step < 3 + random() * 6; step += 1) {
    await changeAnomalies(random, ids, backend.anomalies, clock);
    if (random() < 0.1) plan.missed = 1;
    const work = current.importer.drainOnce().catch(mayPass);
    if (random() < 0.3) {
      // Killed anywhere: what it has sent may still arrive.
      for (let turns = random() * 60; turns > 0; turns -= 1) await nextTurn();
      await current.kill();
      current = await start();
    }
    await work;
  }
  plan.faults = plan.made;
  await standIn.calm();
  for (let tries = 0; ; tries += 1) {
    const error = await current.importer.drainOnce().then(() => null, (reason: unknown) => reason);
    if (error === null) break;
    if (tries > 20) throw new Error(`seed ${seed}: the importer does not recover: ${String(error)}`);
  }
  await current.kill();
  await standIn.calm();
  await compare(seed, ids, backend.anomalies, standIn);
  const rebuilds = started.reduce((sum, { importer: one }) => sum + (one.samples().find(({ name }) => name === 'skylark_index_rebuilds_total')?.value ?? 0), 0);
  return { faults: plan.made, requests: standIn.requests() - before, rebuilds };
}

interface RunningImporter {
  readonly importer: Importer;
  readonly kill: () => Promise<void>;
}

/** What a caller of the importer must expect; anything else is a defect. */
export function mayPass(error: unknown): void {
  if (!isSkylarkError(error)) throw error;
}

/** Tells a follower now and then that it missed events, so that the index is made anew. */
function missing(log: AnomalyLog, next: () => boolean): AnomalyLog {
  return { ...log, follow: async (...request) => { const page = await log.follow(...request); return { ...page, missed: page.missed || next() }; } };
}

function faultOf(random: () => number, path: string): Fault {
  const pick = <T>(...list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const kind = random();
  if (kind < 0.3 && path === '/_bulk') {
    const share = random();
    return { kind: 'items', busy: () => (random() < share ? pick(429, 503, 500) : null) };
  }
  if (kind < 0.5) return { kind: 'status', status: pick(429, 500, 502, 503, 504), ...(random() < 0.3 && { retryAfter: pick('1', '30') }), html: random() < 0.3 };
  if (kind < 0.78) return { kind: 'cut', ...pick({ applied: true }, { applied: false }, { applied: false, lateMs: Math.floor(random() * 80) }) };
  if (kind < 0.97) return { kind: 'garbage', text: pick('', '<html>captive portal</html>', '{"took":1,"ite', '[]', '{}', '{"items":[]}', 'null', '{"hello":"I am another product"}'), type: pick('application/json', 'text/html', 'text/plain'), applied: random() < 0.5 };
  return { kind: 'slow', lateMs: random() < 0.5 ? null : Math.floor(random() * 60) };
}

/** Some of the anomalies open, change, close or go. */
export async function changeAnomalies(random: () => number, ids: readonly string[], log: AnomalyLog, clock: Clock): Promise<void> {
  const some = ids.filter(() => random() < 0.5);
  if (random() < 0.15) {
    await log.remove({ metrics: some.slice(0, 1).map((id) => `metric.${id}`) });
    return;
  }
  await log.record(some.map((id): AnomalyFinding => {
    // Of its id, for ever: some began a month or two ago.
    const start = epoch - (id.length + id.charCodeAt(id.length - 1) % 3) * 20 * day;
    const closed = random() < 0.4;
    return {
      id, metric: `metric.${id}`, kind: 'deviation', state: closed ? 'closed' : 'open', start, end: closed ? start + 300 : null, peak: start, value: 1, score: Math.floor(random() * 100), expected: null,
      votes: {}, detectors: [], explanation: '', lastFlagged: start, updated: clock.now(),
    };
  }));
}

async function compare(seed: number, ids: readonly string[], log: AnomalyLog, { model, poison }: StandIn): Promise<void> {
  const seen = model.serving('skylark-anomalies');
  const mine = seen.filter(([id]) => id.startsWith(`s${seed}-`));
  const fail = (what: string): never => {
    throw new Error(`seed ${seed}: ${what}`);
  };
  for (const id of ids) {
    const anomaly = await log.get(id);
    const documents = mine.filter(([found]) => found === id);
    const wanted = anomaly && !poison.has(id) ? 1 : 0;
    if (documents.length !== wanted) fail(`${id} is in the index ${documents.length} times, not ${wanted}`);
    const source = documents[0]?.[1].source;
    if (wanted === 1 && (source?.['score'] !== anomaly!.score || source['end'] !== anomaly!.end)) fail(`${id} is indexed with score ${String(source?.['score'])}, end ${String(source?.['end'])}, not ${anomaly!.score}, ${anomaly!.end}`);
    if (anomaly && poison.has(id) && !model.serving('skylark-dead-letters').some(([, { source: letter }]) => letter?.['id'] === id)) fail(`${id} was refused and is no dead letter`);
  }
  if (mine.length > ids.length) fail('there are documents of nobody');
}
