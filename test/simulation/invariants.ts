import type { Anomaly } from '@skylark/core';
import { anomalyIsIn, metAbout } from './compare.js';
import { firstSlot, intervalSeconds, isExact, type Plan } from './plan.js';
import { attemptsOf, poisonsOf, undisturbed } from './reference.js';
import { foreignJob, type History, lastSlot } from './world.js';

/** What a run broke, in words; nothing is as it should be. */
export async function brokenPromises(history: History): Promise<string[]> {
  const { observed, crashes, stuck } = history;
  return [
    ...observed.violations,
    ...crashes,
    ...stuck.map((role) => `${role} did not stop when asked`),
    ...eachSlotOnceOrCounted(history),
    ...backOnTime(history),
    ...noStorm(history),
    ...onlyPoisonIsQuarantined(history),
    ...foreignJobsAreParked(history),
    ...(await sameAnomalies(history)),
    ...indexedInTheirLastState(history),
    ...eventsGoForward(history),
  ];
}

/** Slots of a shard ascend, and every gap is accounted for in the record that ends it. */
function eachSlotOnceOrCounted({ observed, plan }: History): string[] {
  return shardsOf(plan).flatMap((shard) => {
    const judged = observed.judged.filter((one) => one.shard === shard);
    return judged.slice(1).flatMap((now, i) => {
      const before = judged[i]!;
      const missed = now.slot - before.slot - 1;
      const counted = now.skipped + now.coalesced - before.skipped - before.coalesced;
      if (missed < 0) return [`shard ${shard}: slot ${inRun(now.slot)} judged after slot ${inRun(before.slot)}, by ${now.by} after ${before.by}`];
      return missed === counted ? [] : [`shard ${shard}: ${missed} slots missed before slot ${inRun(now.slot)}, ${counted} counted`];
    });
  });
}

/** Some slots after the trouble ended, every slot of every shard is judged before the next is due. */
function backOnTime({ observed, plan }: History): string[] {
  const from = firstSlot + plan.roughSlots + plan.recoverySlots;
  return shardsOf(plan).flatMap((shard) => {
    const slots = observed.judged.filter((one) => one.shard === shard);
    const late: string[] = [];
    for (let slot = from; slot <= lastSlot(plan); slot += 1) {
      const own = slots.find((one) => one.slot === slot);
      if (own === undefined) late.push(`shard ${shard}: slot ${inRun(slot)} was not judged, ${slot - from} slots after recovery`);
      else if (own.atSeconds > (slot + 1) * intervalSeconds) late.push(`shard ${shard}: slot ${inRun(slot)} was late, ${slot - from} slots after recovery`);
    }
    return late;
  });
}

/** A round a minute, one more for each clock that may disagree, and one for each time that somebody sets one, or that the queue forgot jobs: they may be added again. */
function noStorm({ observed, plan }: History): string[] {
  const stepsIn = (minute: number): number => plan.disturbances.filter(({ what, at }) => what === 'skew' && Math.floor(at / 60) === minute).length;
  const forgotten = plan.disturbances.filter((one) => one.what === 'ambush' && one.jobsLost).length;
  return [...observed.jobsPerMinute].flatMap(([since, jobs]) => {
    const minute = since - firstSlot;
    const most = plan.shards * (1 + plan.analyzers.length + stepsIn(minute) + stepsIn(minute - 1) + forgotten);
    return jobs > most ? [`${jobs} jobs added in minute ${minute}, for ${plan.shards} shards`] : [];
  });
}

function onlyPoisonIsQuarantined({ store, plan }: History): string[] {
  const poisons = poisonsOf(plan);
  const held = store.state.list('analyzer/quarantine/').map(({ value }) => value as { metric: string; reason: string });
  return held.filter(({ metric, reason }) => poisons.get(metric) !== reason).map(({ metric, reason }) => `${metric} is quarantined: ${reason}`);
}

function foreignJobsAreParked({ store, plan }: History): string[] {
  if (!plan.disturbances.some(({ what }) => what === 'foreign-job')) return [];
  const parked: unknown[] = [];
  store.jobs.discard('judge-parked', (job) => {
    parked.push(job);
    return true;
  });
  // Handed out three times to workers that died of it or never heard: it is kept as failed, as any other job.
  if (store.jobs.failed('judge').some(({ id }) => id === foreignJob.id)) return [];
  return JSON.stringify(parked) === JSON.stringify([foreignJob]) ? [] : [`parked: ${JSON.stringify(parked)}`];
}

/** What was found is what an undisturbed analyzer finds whose attempts take the same effect in the same order. Nothing is excused. */
async function sameAnomalies(history: History): Promise<string[]> {
  const { store, observed, plan } = history;
  const all = await undisturbed(plan, new Map(shardsOf(plan).map((shard) => [shard, attemptsOf(observed.effects, shard)])));
  const exact = new Set(plan.metrics.filter(isExact).map(({ metric }) => metric));
  const expected = all.filter(({ metric }) => exact.has(metric));
  const found = store.log.query({ state: 'all', limit: 10_000 }).anomalies.filter(({ metric }) => exact.has(metric));
  return [
    ...expected.filter((one) => !anomalyIsIn(found, one)).map((one) => `not found: ${anomalyInWords(one)}; instead ${found.filter(({ metric }) => metric === one.metric).map(anomalyInWords).join(', ')}`),
    ...found.filter((one) => !expected.some(({ id }) => one.id === id)).map((one) => `found, though there is none: ${anomalyInWords(one)}`),
    ...lateAndGoneEndWell(history, all),
  ];
}

/** Datapoints come late, and metrics go, at moments that no reference meets. But nothing of them stays open, and what is odd when all is calm is found. */
function lateAndGoneEndWell({ store, plan }: History, expected: readonly Anomaly[]): string[] {
  const calm = (firstSlot + plan.roughSlots + plan.recoverySlots) * intervalSeconds;
  return plan.metrics.filter((one) => !isExact(one)).flatMap(({ metric }) => {
    const found = store.log.query({ state: 'all', metric, limit: 10_000 }).anomalies;
    const inCalm = expected.filter((one) => one.metric === metric && one.lastFlagged >= calm);
    return [
      ...found.filter(({ state }) => state === 'open').map((one) => `still open: ${anomalyInWords(one)}`),
      ...inCalm.filter((one) => !metAbout(found, one)).map((one) => `not found, though it is calm: ${anomalyInWords(one)}; instead ${found.map(anomalyInWords).join(', ')}`),
    ];
  });
}

/** The index holds each anomaly once, as the log has it, and nothing else. */
function indexedInTheirLastState({ store }: History): string[] {
  const indexed = store.index.candidates({ by: 'all' }, { limit: 10_000 });
  const logged = store.log.query({ state: 'all', limit: 10_000 }).anomalies;
  return [
    ...logged.flatMap((anomaly) => {
      const document = indexed.find(({ id }) => id === anomaly.id);
      if (document === undefined) return [`not indexed: ${anomalyInWords(anomaly)}`];
      return document.score === anomaly.score && document.end === anomaly.end ? [] : [`indexed in an older state (score ${document.score}, end ${document.end === null ? 'open' : inRun(document.end / intervalSeconds)}): ${anomalyInWords(anomaly)}`];
    }),
    ...indexed.filter(({ id }) => !logged.some((anomaly) => anomaly.id === id)).map(({ metric }) => `indexed, though the log has no such anomaly: ${metric}`),
  ];
}

/** An anomaly never goes back: neither its time, nor its highest score, nor its last flagged datapoint. */
function eventsGoForward({ store }: History): string[] {
  const newest = new Map<string, Anomaly>();
  return store.log.after('', 100_000).events.filter(({ type }) => type !== 'annotated').flatMap(({ anomaly }) => {
    const before = newest.get(anomaly.id);
    newest.set(anomaly.id, anomaly);
    const back = before !== undefined && (anomaly.score < before.score || anomaly.lastFlagged < before.lastFlagged);
    return back ? [`went back: ${anomalyInWords(anomaly)} after ${anomalyInWords(before)}`] : [];
  });
}

const shardsOf = ({ shards }: Plan): number[] => Array.from({ length: shards }, (_, shard) => shard);
const inRun = (slot: number): number => slot - firstSlot;

function anomalyInWords({ metric, kind, state, start, end, peak, score, lastFlagged, updated }: Anomaly): string {
  const at = (seconds: number | null): string => (seconds === null ? 'open' : String(inRun(seconds / intervalSeconds)));
  return `${metric} ${kind} ${state} from ${at(start)} to ${at(end)}, peak ${at(peak)}, score ${score.toFixed(1)}, flagged ${at(lastFlagged)}, updated ${at(updated)}`;
}
