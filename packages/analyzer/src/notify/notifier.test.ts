import { type AlertBook, type AnomalyFinding, silentLogger } from '@skylark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMovedClock, type MovedClock, openTestStore, type TestStore } from '../../contract/store-for-tests.js';
import { createAlertBook } from '../alerts/alert-book.js';
import { createShapesOf } from '../alerts/shapes-of.js';
import { createNotifier, type Notifier } from './notifier.js';

const t0 = 1_764_000_000;

describe('the notifier', () => {
  let store: TestStore;
  let clock: MovedClock;
  let book: AlertBook;
  let notifier: Notifier;
  let posted: { target: string; id: string; body: { text: string; anomalies: string[] } }[];
  let down: boolean;

  beforeEach(async () => {
    clock = createMovedClock(t0);
    store = await openTestStore();
    const { anomalies: log, state, index, series } = store.backend;
    let ids = 0;
    book = createAlertBook({ log, state, clock, newId: () => `id-${(ids += 1)}`, minScore: 50, shapesOf: createShapesOf({ index, series }) });
    [posted, down] = [[], false];
    const send = async (target: string, body: string, id: string): Promise<void> => {
      if (down) throw new Error('status 502');
      posted.push({ target, id, body: JSON.parse(body) as (typeof posted)[number]['body'] });
    };
    notifier = createNotifier({ log, state, book, clock, logger: silentLogger, minScore: 50, targets: ['https://pager.example/hook'], send, holder: 'me' });
  });
  afterEach(() => store.close());

  const finding = (id: string, start: number, change: Partial<AnomalyFinding> = {}): AnomalyFinding => ({
    id, metric: `m.${id}`, kind: 'deviation', state: 'open', start, end: null, peak: start, value: 1, score: 80, expected: null, votes: {}, detectors: [], explanation: `${id} is high.`, lastFlagged: start, updated: start, ...change,
  });
  const record = (...findings: AnomalyFinding[]): Promise<void> => store.backend.anomalies.record(findings);
  async function look(): Promise<string[]> {
    const fence = await store.backend.state.acquire('notifier', 'me', 30, clock.now());
    return (await notifier.lookOnce(fence!)).map(({ incident, result }) => `${incident} ${result}`);
  }

  it('calls once for an incident, with all that belongs to it, however long it goes on', async () => {
    await record(finding('leader', t0 - 60), finding('follower', t0 - 30, { score: 95 }));
    expect(await look()).toEqual(['leader sent']);
    expect(posted).toMatchObject([{ target: 'https://pager.example/hook', id: 'leader-notification', body: { anomalies: ['leader', 'follower'], text: 'm.follower (after m.leader): follower is high. 1 other metric followed.' } }]);
    await record(finding('third', t0 - 10), finding('leader', t0 - 60, { score: 99, lastFlagged: t0 }));
    clock.stall(60);
    expect(await look()).toEqual([]);
    expect(posted).toHaveLength(1);
  });

  it('waits a little for those that follow, and lets what is no alert pass', async () => {
    await record(finding('new', t0 - 5), finding('low', t0 - 1000, { score: 49 }), finding('old', t0 - 6000, { state: 'closed', end: t0 - 5000 }));
    expect(await look()).toEqual([]);
    clock.stall(30);
    expect(await look()).toEqual(['new sent']);
  });

  it('calls nobody for what is acknowledged, muted, judged normal, silenced or planned', async () => {
    const names = ['acknowledged', 'muted', 'expected', 'silenced', 'planned', 'real'];
    await record(...names.map((name, i) => finding(name, t0 - 1500 + 300 * i)));
    clock.stall(60);
    const { anomalies: log } = store.backend;
    await log.annotate('acknowledged', { acknowledged: true }, t0);
    await log.annotate('muted', { mutedUntil: t0 + 3600 }, t0);
    await log.annotate('expected', { feedback: 'expected' }, t0);
    await log.annotate('real', { feedback: 'real' }, t0);
    const common = { match: '*', anomaly: null, days: null, from: null, until: null, zone: 'UTC', reason: '', expires: null };
    await book.silence({ ...common, kind: 'anomaly', anomaly: 'silenced' }, 'me');
    await book.plan({ name: 'Works', match: 'm.planned', from: t0 - 3600, until: t0 + 3600, repeat: 'never', zone: 'UTC' }, 'me');
    expect(await look()).toEqual(['real sent']);
  });

  it('never calls a fourth time in a day with a budget of three, and tells what it withheld', async () => {
    await book.setBudget(3);
    const results: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      await record(finding(`i${i}`, clock.now() - 30, { score: 60 + i }));
      results.push(...(await look()));
      clock.stall(7200);
    }
    const sentIn = (hours: number): number => Math.max(...results.map((_, i) => results.slice(i, i + hours / 2).filter((result) => result.endsWith('sent')).length));
    expect(sentIn(24)).toBeLessThanOrEqual(3);
    expect(posted.length).toBeGreaterThan(0);
    expect(results).toHaveLength(12);
    expect((await notifier.history()).filter(({ result }) => result === 'withheld').length).toBe(12 - posted.length);
  });

  it('sends again what did not arrive, ever more slowly, also after a restart, and once only', async () => {
    down = true;
    await record(finding('a', t0 - 60));
    expect(await look()).toEqual(['a sent']);
    expect((await notifier.history())[0]?.pending).toMatchObject([{ attempts: 1, error: 'status 502', nextAt: t0 + 5 }]);
    clock.stall(6);
    await look();
    expect((await notifier.history())[0]?.pending[0]?.nextAt).toBeCloseTo(t0 + 6 + 10, 6);
    down = false;
    clock.stall(30);
    expect(await look()).toEqual([]);
    await look();
    expect(posted.map(({ id }) => id)).toEqual(['a-notification']);
    expect((await notifier.history())[0]?.pending).toEqual([]);
  });

  it('gives a target up after a day', async () => {
    down = true;
    await record(finding('a', t0 - 60));
    await look();
    for (let i = 0; i < 200; i += 1) {
      clock.stall(600);
      await look();
    }
    expect((await notifier.history())[0]?.pending).toEqual([]);
    expect(notifier.samples().find(({ labels }) => labels['result'] === 'dropped')?.value).toBe(1);
  });
});

describe('the alert book', () => {
  let store: TestStore;
  let book: AlertBook;
  beforeEach(async () => {
    const clock = createMovedClock(t0);
    store = await openTestStore();
    const { anomalies: log, state, index, series } = store.backend;
    book = createAlertBook({ log, state, clock, newId: () => 'id', minScore: 50, shapesOf: createShapesOf({ index, series }) });
    const base = { kind: 'deviation' as const, state: 'closed' as const, value: 1, score: 80, expected: null, votes: {}, detectors: [], explanation: '' };
    const days = Array.from({ length: 10 }, (_, i) => t0 - (i + 1) * 86_400);
    await log.record(days.map((start, i) => ({ ...base, id: `d${i}`, metric: i % 2 === 0 ? 'batch.x' : 'web.x', start, end: start + 60, peak: start, lastFlagged: start, updated: start })));
    await log.annotate('d2', { feedback: 'real' }, t0);
  });
  afterEach(() => store.close());

  const weekly = { kind: 'weekly' as const, match: 'batch.*', anomaly: null, days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '24:00', zone: 'UTC', reason: '', expires: null };

  it('shows what a silence would have silenced, real ones included, before anything is changed', async () => {
    const { wouldSilence, real } = await book.wouldSilence(weekly);
    expect(wouldSilence.map(({ id }) => id).sort()).toEqual(['d0', 'd2', 'd4', 'd6', 'd8']);
    expect(real.map(({ id }) => id)).toEqual(['d2']);
    expect(await book.silences()).toEqual([]);
  });

  it('keeps it, lists it, and takes it back', async () => {
    const silence = await book.silence(weekly, 'ann');
    expect(await book.silences()).toEqual([silence]);
    expect(silence).toMatchObject({ by: 'ann', created: t0 });
    expect(await book.unsilence('id')).toBe(true);
    expect(await book.unsilence('id')).toBe(false);
    expect(await book.silences()).toEqual([]);
  });

  it('previews a budget on the last days', async () => {
    const { preview, thresholds } = await book.previewBudget(1);
    expect(preview).toHaveLength(7);
    expect(preview.every(({ notified }) => notified === 1)).toBe(true);
    expect(thresholds.map(({ group }) => group)).toEqual(['batch', 'web']);
    expect((await book.previewBudget(0)).preview.every(({ notified, withheld }) => notified === 0 && withheld === 1)).toBe(true);
    expect((await book.budget()).perDay).toBeNull();
  });

  it.each([
    [{ ...weekly, days: [] }, 'bad-request'],
    [{ ...weekly, from: '25:00' }, 'bad-request'],
    [{ ...weekly, zone: 'Mars/Olympus' }, 'bad-request'],
    [{ ...weekly, match: '/(/' }, 'bad-pattern'],
    [{ ...weekly, kind: 'shape' as const, anomaly: 'nobody' }, 'unknown-anomaly'],
    [{ ...weekly, kind: 'shape' as const, anomaly: 'd1' }, 'bad-request'],
  ])('refuses %j', async (silence, code) => {
    await expect(book.wouldSilence(silence)).rejects.toMatchObject({ code });
  });
});
