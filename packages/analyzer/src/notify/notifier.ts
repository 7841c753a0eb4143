import type { AlertBook, Anomaly, AnomalyLog, Clock, Fence, Incident, Json, Logger, Sample, SentNotification, StateStore } from '@skylark/core';
import { groupOf } from '../alerts/solve-budget.js';
import { readIncidents } from '../incidents/read-incidents.js';
import type { Send } from './send-webhook.js';

export interface NotifierOptions {
  readonly log: AnomalyLog;
  readonly state: StateStore;
  readonly book: AlertBook;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The lowest score that is an alert. */
  readonly minScore: number;
  /** URLs of webhooks. None: what would have been sent is kept all the same, so that a budget can be tried. */
  readonly targets: readonly string[];
  readonly send: Send;
  readonly holder: string;
}

/** One notification, of one incident: sent once to each target, however long it takes. */
export interface Notification extends SentNotification {
  /** All anomalies of the incident known by then. */
  readonly anomalies: readonly string[];
  readonly pending: readonly (SentNotification['pending'][number] & { readonly nextAt: number })[];
}

export interface Notifier {
  /** Looks every few seconds until aborted; one of several processes works, the others stand by. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** One look, under a lease that is held; answers what is new. */
  lookOnce(fence: Fence): Promise<readonly Notification[]>;
  /** The newest first. */
  history(): Promise<readonly Notification[]>;
  samples(): readonly Sample[];
}

const stateKey = 'alerts/notifications';
const lease = 'notifier';
const leaseSeconds = 30;
const everyMs = 5000;
const daySeconds = 86_400;
/** Members are waited for so long, so that one message tells of all. */
const gatherSeconds = 20;
/** Who was away longer calls nobody for what is over. */
const freshSeconds = 1800;
const readBackSeconds = 7200;
const mostKept = 500;
const keepTryingSeconds = daySeconds;
const longestPauseSeconds = 600;

/**
 * Calls people: once per incident, when its worst anomaly that nobody silenced is an alert, and the day's budget is not used up. What is to be sent is
 * recorded first and sent then, again and again until it has arrived or a day is over.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const { log, state, book, clock, logger, minScore, targets, send, holder } = options;
  const counts = { sent: 0, withheld: 0, failed: 0, dropped: 0 };

  async function read(): Promise<{ version: number; kept: readonly Notification[] }> {
    const record = await state.get(stateKey);
    return record === null ? { version: 0, kept: [] } : { version: record.version, kept: (record.value as unknown as { kept: Notification[] }).kept };
  }

  async function lookOnce(fence: Fence): Promise<readonly Notification[]> {
    const { version, kept } = await read();
    const fresh = await newNotifications(kept);
    const before = [...fresh, ...kept].slice(0, mostKept);
    const saved = fresh.length === 0 ? version : (await state.set(stateKey, asJson(before), version, fence)).version;
    const after = await deliver(before);
    if (after !== before) await state.set(stateKey, asJson(after), saved, fence);
    return fresh;
  }

  async function newNotifications(kept: readonly Notification[]): Promise<Notification[]> {
    const now = clock.now();
    const told = new Set(kept.flatMap(({ anomalies }) => anomalies));
    const { incidents, anomalies } = await readIncidents(log, { from: now - readBackSeconds, until: now + daySeconds });
    const due = incidents.filter((incident) => isDue(incident, told, now)).reverse();
    if (due.length === 0) return [];
    const members = due.flatMap((incident) => incident.anomalies.map((id) => anomalies.get(id)!));
    const quieted = await book.quieted(members.filter((anomaly) => isAlert(anomaly, now)));
    const { perDay, thresholds } = await book.budget();
    const fresh: Notification[] = [];
    let left = perDay === null ? Infinity : perDay - kept.filter(({ result, at }) => result === 'sent' && at > now - daySeconds).length;
    for (const incident of due) {
      const alerts = incident.anomalies.map((id) => anomalies.get(id)!).filter((anomaly) => isAlert(anomaly, now) && !quieted.has(anomaly.id));
      if (alerts.length === 0) continue;
      const score = Math.max(...alerts.map((alert) => alert.score));
      const threshold = thresholds.find(({ group }) => group === groupOf(incident.leader))?.minScore ?? minScore;
      const result = score >= threshold && left > 0 ? 'sent' : 'withheld';
      if (result === 'sent') left -= 1;
      counts[result] += 1;
      fresh.unshift(notificationOf(incident, { alerts, score, result, now, targets }));
    }
    return fresh;
  }

  function isDue({ start, state: is, anomalies }: Incident, told: ReadonlySet<string>, now: number): boolean {
    return !anomalies.some((id) => told.has(id)) && now - start >= gatherSeconds && (is === 'open' || now - start <= freshSeconds);
  }

  function isAlert({ score, acknowledged, mutedUntil, feedback }: Anomaly, now: number): boolean {
    return score >= minScore && !acknowledged && (mutedUntil === null || mutedUntil <= now) && (feedback === null || feedback === 'real');
  }

  /** Tries what is due; the same list where nothing was. */
  async function deliver(kept: readonly Notification[]): Promise<readonly Notification[]> {
    const now = clock.now();
    let changed = false;
    const after: Notification[] = [];
    for (const notification of kept) {
      const pending: Notification['pending'][number][] = [];
      for (const one of notification.pending) {
        const next = one.nextAt > now ? one : await attempt(notification, one, now);
        if (next !== null) pending.push(next);
        changed ||= next !== one;
      }
      after.push({ ...notification, pending });
    }
    return changed ? after : kept;
  }

  async function attempt(notification: Notification, one: Notification['pending'][number], now: number): Promise<Notification['pending'][number] | null> {
    const { pending: _pending, ...body } = notification;
    try {
      await send(one.target, JSON.stringify(body), `${notification.id}`);
      return null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      counts.failed += 1;
      if (now - notification.at > keepTryingSeconds) {
        counts.dropped += 1;
        logger.error('notification.dropped', { notification: notification.id, target: new URL(one.target).host, reason });
        return null;
      }
      logger.warn('notification.failed', { notification: notification.id, target: new URL(one.target).host, attempts: one.attempts + 1, reason });
      const pauseSeconds = Math.min(longestPauseSeconds, 5 * 2 ** one.attempts);
      return { ...one, attempts: one.attempts + 1, nextAt: now + pauseSeconds, error: reason.slice(0, 300) };
    }
  }

  return {
    lookOnce,
    history: async () => (await read()).kept,
    samples: () => Object.entries(counts).map(([result, value]) => ({ name: 'skylark_notifications_total', help: 'Notifications by what became of them; failed counts attempts', kind: 'counter', labels: { result }, value })),
    async run(signal) {
      while (!signal.aborted) {
        try {
          const fence = await state.acquire(lease, holder, leaseSeconds, clock.now());
          if (fence !== null) await lookOnce(fence);
        } catch (error) {
          logger.warn('notifier.failed', { error });
        }
        await clock.sleep(everyMs, signal);
      }
    },
  };
}

const asJson = (kept: readonly Notification[]): Json => ({ kept }) as unknown as Json;

function notificationOf(incident: Incident, { alerts, score, result, now, targets }: { alerts: readonly Anomaly[]; score: number; result: Notification['result']; now: number; targets: readonly string[] }): Notification {
  const worst = alerts.find((alert) => alert.score === score)!;
  const others = incident.metrics.length - 1;
  const more = others === 0 ? '' : ` ${others} other metric${others === 1 ? '' : 's'} followed.`;
  const lead = worst.metric === incident.leader ? worst.metric : `${worst.metric} (after ${incident.leader})`;
  return {
    id: `${incident.id}-notification`,
    at: now,
    incident: incident.id,
    anomalies: incident.anomalies,
    leader: incident.leader,
    score,
    text: `${lead}: ${worst.explanation}${more}`,
    result,
    targets: targets.length,
    pending: result === 'sent' ? targets.map((target) => ({ target, attempts: 0, nextAt: now, error: null })) : [],
  };
}
