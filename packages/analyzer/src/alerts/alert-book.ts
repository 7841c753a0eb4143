import { compileMatcher } from '@skylark/algorithms';
import { type AlertBook, type Anomaly, type AnomalyLog, type Budget, type Calendar, type Clock, type Incident, type Json, type NewSilence, SkylarkError, type Silence, type StateStore, type Window } from '@skylark/core';
import { readIncidents } from '../incidents/read-incidents.js';
import { type Quiet, quietOfCalendar, quietOfSilence } from './quiet.js';
import type { ShapesOf } from './shapes-of.js';
import { groupOf, solveBudget } from './solve-budget.js';
import { createWallClock, minutesOf } from './wall-clock.js';

export interface AlertBookOptions {
  readonly log: AnomalyLog;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly newId: () => string;
  /** The lowest score that is an alert, whatever the budget leaves. */
  readonly minScore: number;
  readonly shapesOf: ShapesOf;
}

const silenceKey = (id: string): string => `alerts/silences/${id}`;
const calendarKey = (id: string): string => `alerts/calendars/${id}`;
const budgetKey = 'alerts/budget';
const daySeconds = 86_400;
/** How far back a silence is tried, and how many days a budget is solved from. */
const triedSeconds = 90 * daySeconds;
const budgetDays = 7;
const mostTried = 10_000;

/** Keeps what people said in the state store, one record each, so that several processes share it. */
export function createAlertBook(options: AlertBookOptions): AlertBook {
  const { log, state, clock, newId, minScore, shapesOf } = options;
  const list = async <T>(prefix: string): Promise<T[]> => (await state.list(prefix)).map(({ value }) => value as unknown as T).sort((a, b) => (b as { created: number }).created - (a as { created: number }).created);
  const silences = (): Promise<Silence[]> => list<Silence>('alerts/silences/');
  const calendars = (): Promise<Calendar[]> => list<Calendar>('alerts/calendars/');

  async function complete(given: NewSilence): Promise<Silence> {
    checkMatch(given.match);
    checkZone(given.zone);
    const made: Silence = { ...given, shape: null, id: '', by: '', created: clock.now() };
    if (given.kind === 'weekly') {
      for (const [name, time] of Object.entries({ from: given.from, until: given.until })) if (time === null || Number.isNaN(minutesOf(time))) throw new SkylarkError('bad-request', `${name}: a weekly stretch needs a time such as 07:30`);
      if (given.days === null || given.days.length === 0) throw new SkylarkError('bad-request', 'days: a weekly stretch needs days, 1 is Monday');
      return made;
    }
    const anomaly = given.anomaly === null ? null : await log.get(given.anomaly);
    if (anomaly === null) throw new SkylarkError('unknown-anomaly', given.anomaly ?? '');
    if (given.kind === 'anomaly') return made;
    const shape = (await shapesOf([anomaly])).get(anomaly.id);
    if (shape === undefined) throw new SkylarkError('bad-request', `${anomaly.id} has no shape: there is no data of it, or it is flat`);
    return { ...made, shape: Array.from(shape) };
  }

  async function triedOn(): Promise<Anomaly[]> {
    const anomalies: Anomaly[] = [];
    for (let cursor: string | undefined; anomalies.length < mostTried; ) {
      const page = await log.query({ state: 'all', from: clock.now() - triedSeconds, limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
      anomalies.push(...page.anomalies);
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    return anomalies;
  }

  async function matched(anomalies: readonly Anomaly[], quiets: readonly Quiet[], needShapes: boolean): Promise<Map<string, string>> {
    const shapes = needShapes ? await shapesOf(anomalies) : new Map<string, Float32Array>();
    return new Map(anomalies.flatMap((anomaly): [string, string][] => {
      const quiet = quiets.find((one) => one.matches(anomaly, shapes.get(anomaly.id) ?? null));
      return quiet === undefined ? [] : [[anomaly.id, quiet.id]];
    }));
  }

  async function readBudget(): Promise<number | null> {
    const record = await state.get(budgetKey);
    return record === null ? null : (record.value as { perDay: number | null }).perDay;
  }

  async function solved(perDay: number | null): Promise<Budget> {
    const until = clock.now();
    const window = { from: until - budgetDays * daySeconds, until };
    const { incidents } = await readIncidents(log, window);
    const inWindow = incidents.filter(({ start, score }) => start >= window.from && score >= minScore);
    const thresholds = perDay === null ? [] : solveBudget(inWindow, { perDay, days: budgetDays, minScore }).thresholds;
    return { perDay, thresholds, preview: previewOf(inWindow, { perDay, thresholds, window }) };
  }

  return {
    silences,
    calendars,
    async wouldSilence(given) {
      const silence = await complete(given);
      const anomalies = await triedOn();
      const hit = await matched(anomalies, [quietOfSilence(silence)], given.kind === 'shape');
      const wouldSilence = anomalies.filter(({ id }) => hit.has(id));
      return { wouldSilence, real: wouldSilence.filter(({ feedback }) => feedback === 'real') };
    },
    async silence(given, by) {
      const silence = { ...(await complete(given)), id: newId(), by };
      await state.set(silenceKey(silence.id), silence, 0);
      return silence;
    },
    unsilence: (id) => state.delete(silenceKey(id)),
    async plan(given, by) {
      checkMatch(given.match);
      checkZone(given.zone);
      if (!(given.from < given.until)) throw new SkylarkError('bad-request', 'from does not lie before until');
      const calendar: Calendar = { ...given, id: newId(), by, created: clock.now() };
      await state.set(calendarKey(calendar.id), calendar as unknown as Json, 0);
      return calendar;
    },
    unplan: (id) => state.delete(calendarKey(id)),
    budget: async () => solved(await readBudget()),
    previewBudget: solved,
    async setBudget(perDay) {
      await state.set(budgetKey, { perDay }, null);
      return solved(perDay);
    },
    async quieted(anomalies) {
      if (anomalies.length === 0) return new Map();
      const said = await silences();
      const quiets = [...said.map(quietOfSilence), ...(await calendars()).map(quietOfCalendar)];
      return quiets.length === 0 ? new Map() : matched(anomalies, quiets, said.some(({ kind }) => kind === 'shape'));
    },
  };
}

/** Day by day: who is notified, the earliest first, until the day's number is reached. */
function previewOf(incidents: readonly Incident[], { perDay, thresholds, window }: { perDay: number | null; thresholds: Budget['thresholds']; window: Window }): Budget['preview'] {
  const from = new Map(thresholds.map(({ group, minScore }) => [group, minScore]));
  return Array.from({ length: budgetDays }, (_, back) => {
    const day = window.until - (back + 1) * daySeconds;
    const ofDay = incidents.filter(({ start }) => start >= day && start < day + daySeconds);
    const wanted = ofDay.filter(({ leader, score }) => score >= (from.get(groupOf(leader)) ?? 0));
    const notified = Math.min(wanted.length, perDay ?? Infinity);
    return { day, notified, withheld: ofDay.length - notified };
  });
}

function checkMatch(match: string): void {
  compileMatcher(match);
}

function checkZone(zone: string): void {
  try {
    createWallClock(zone);
  } catch (cause) {
    throw new SkylarkError('bad-request', `zone: ${JSON.stringify(zone)} is no time zone, such as Europe/Berlin`, { cause });
  }
}
