import { noRemarks, type AnomalyEvent, type AnomalyFinding, type AnomalyLog } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { backendsOf, type MakeBackend } from './backend-under-test.js';

export function findingOf(change: Partial<AnomalyFinding> = {}): AnomalyFinding {
  return {
    id: 'a-1', metric: 'm', kind: 'deviation', state: 'open', start: 100, end: null, peak: 110, value: 7.5, score: 66.7, expected: { low: 1, high: 2 },
    votes: { grubbs: true, ks_test: null }, detectors: [{ name: 'grubbs', vote: true, statistic: 3.2, threshold: 3, explanation: 'far out' }],
    explanation: 'six of nine', lastFlagged: 110, updated: 110, ...change,
  };
}

/** `AnomalyLog`, sentence by sentence. */
export function anomalyLogContract(makeStore: MakeBackend): void {
  const make = backendsOf(makeStore);
  const fresh = async (): Promise<AnomalyLog> => (await make()).backend.anomalies;
  const everything = async (log: AnomalyLog, cursor = ''): Promise<AnomalyEvent[]> => (await log.follow(cursor, 10_000, 0)).events;

  describe('AnomalyLog', () => {
    it('keeps what was recorded, without remarks at first', async () => {
      const log = await fresh();
      expect(await log.get('a-1')).toBeNull();
      await log.record([findingOf()]);
      expect(await log.get('a-1')).toEqual({ ...findingOf(), ...noRemarks });
      await log.record([]);
    });

    it('keeps the analyzer\'s part and the people\'s part apart', async () => {
      const log = await fresh();
      await log.record([findingOf()]);
      const remarked = await log.annotate('a-1', { acknowledged: true, note: 'deploy', by: 'kim' }, 500);
      expect(remarked).toMatchObject({ acknowledged: true, note: 'deploy', by: 'kim', feedback: null, score: 66.7 });
      await log.record([findingOf({ score: 80, updated: 120 })]);
      expect(await log.get('a-1')).toMatchObject({ acknowledged: true, note: 'deploy', by: 'kim', score: 80 });
      await log.annotate('a-1', { feedback: 'real' }, 510);
      expect(await log.get('a-1')).toMatchObject({ feedback: 'real', note: 'deploy', score: 80 });
    });

    it('records the analyzer\'s part alone, even of a whole anomaly', async () => {
      const log = await fresh();
      await log.record([findingOf()]);
      const whole = await log.annotate('a-1', { note: 'mine' }, 500);
      await log.record([{ ...whole, ...noRemarks, score: 90 }]);
      expect(await log.get('a-1')).toMatchObject({ note: 'mine', score: 90 });
    });

    it('knows no anomaly that was not recorded', async () => {
      const log = await fresh();
      await expect(log.annotate('nope', { note: 'x' }, 1)).rejects.toMatchObject({ code: 'unknown-anomaly' });
    });

    it('makes one event of each change, its type after the change, and none where nothing changed', async () => {
      const log = await fresh();
      await log.record([findingOf()]);
      await log.record([findingOf()]);
      await log.record([findingOf({ score: 70 })]);
      await log.annotate('a-1', { note: 'n' }, 5);
      await log.annotate('a-1', { note: 'n' }, 6);
      await log.record([findingOf({ score: 70 })]);
      await log.record([findingOf({ score: 70, state: 'closed', end: 120 })]);
      await log.record([findingOf({ score: 70, end: null })]);
      await log.record([findingOf({ score: 70, state: 'closed', end: 130 })]);
      await log.remove({ metrics: ['m'] });
      const events = await everything(log);
      expect(events.map(({ type }) => type)).toEqual(['opened', 'updated', 'annotated', 'closed', 'opened', 'closed', 'removed']);
      expect(events[2]!.anomaly).toMatchObject({ note: 'n', score: 70 });
      expect(events[6]!.anomaly).toMatchObject({ id: 'a-1', end: 130 });
      expect(await log.get('a-1')).toBeNull();
    });

    it('follows in order, by cursors that sort as text, leaving nothing out', async () => {
      const log = await fresh();
      for (let i = 0; i < 25; i += 1) await log.record([findingOf({ id: `a-${i}` }), findingOf({ id: `b-${i}` })]);
      const events = await everything(log);
      expect(events.map(({ anomaly }) => anomaly.id)).toEqual(Array.from({ length: 25 }, (_, i) => [`a-${i}`, `b-${i}`]).flat());
      const cursors = events.map(({ cursor }) => cursor);
      expect([...cursors].sort()).toEqual(cursors);
      expect(new Set(cursors.map((cursor) => cursor.length)).size).toBe(1);
      expect(await everything(log, cursors[29])).toEqual(events.slice(30));
      let cursor = '';
      const inPieces: AnomalyEvent[] = [];
      for (let i = 0; i < 10; i += 1) {
        const piece = await log.follow(cursor, 7, 0);
        expect(piece.events.length).toBeLessThanOrEqual(7);
        inPieces.push(...piece.events);
        ({ cursor } = piece);
      }
      expect(inPieces).toEqual(events);
      expect(cursor).toBe(cursors.at(-1));
    });

    it('follows from now on without a cursor', async () => {
      const log = await fresh();
      await log.record([findingOf()]);
      const { cursor, events, missed } = await log.follow(null, 10, 5000);
      expect({ events, missed }).toEqual({ events: [], missed: false });
      await log.record([findingOf({ id: 'a-2' })]);
      expect((await everything(log, cursor)).map(({ anomaly }) => anomaly.id)).toEqual(['a-2']);
    });

    it('answers a waiting follower when another client records', async () => {
      const { backend, another } = await make();
      const other = (await another()).anomalies;
      const { cursor } = await backend.anomalies.follow(null, 10, 0);
      const waiting = backend.anomalies.follow(cursor, 10, 20_000);
      await other.record([findingOf()]);
      expect((await waiting).events).toMatchObject([{ type: 'opened' }]);
    });

    it('answers a waiting follower with nothing when its time is up, or its signal aborts', async () => {
      const log = await fresh();
      const { cursor } = await log.follow(null, 10, 0);
      expect(await log.follow(cursor, 10, 50)).toEqual({ cursor, events: [], missed: false });
      const stop = new AbortController();
      const waiting = log.follow(cursor, 10, 60_000, stop.signal);
      stop.abort();
      expect(await waiting).toEqual({ cursor, events: [], missed: false });
    });

    it('refuses a cursor that is none', async () => {
      const log = await fresh();
      await expect(log.follow('rubbish!', 10, 0)).rejects.toMatchObject({ code: 'bad-request' });
    });

    it('gives every client the same events in the same order', async () => {
      const { backend, another } = await make();
      const logs = [backend.anomalies, (await another()).anomalies];
      await Promise.all(logs.map(async (log, client) => {
        for (let i = 0; i < 20; i += 1) await log.record([findingOf({ id: `c${client}-${i}` }), findingOf({ id: 'shared', score: client * 20 + i })]);
      }));
      const [first, second] = [await everything(logs[0]!), await everything(logs[1]!)];
      expect(first).toEqual(second);
      expect(first.filter(({ anomaly }) => anomaly.id !== 'shared')).toHaveLength(40);
      expect(first.filter(({ anomaly }) => anomaly.id === 'shared').map(({ type }) => type)).toEqual(['opened', ...Array.from({ length: 39 }, () => 'updated')]);
    });

    it('finds by state, metric, matcher, score and overlap', async () => {
      const log = await fresh();
      await log.record([
        findingOf({ id: 'open', metric: 'x.a', score: 50, start: 100 }),
        findingOf({ id: 'shut', metric: 'x.b', score: 80, state: 'closed', start: 100, end: 200 }),
        findingOf({ id: 'late', metric: 'y', score: 20, state: 'closed', start: 300, end: 400 }),
      ]);
      const ids = async (query: Omit<Parameters<AnomalyLog['query']>[0], 'limit'>): Promise<string[]> => (await log.query({ limit: 10, ...query })).anomalies.map(({ id }) => id);
      expect(await ids({ state: 'all' })).toEqual(['shut', 'open', 'late']);
      expect(await ids({ state: 'open' })).toEqual(['open']);
      expect(await ids({ state: 'closed' })).toEqual(['shut', 'late']);
      expect(await ids({ state: 'all', metric: 'y' })).toEqual(['late']);
      expect(await ids({ state: 'all', matches: (metric) => metric.startsWith('x.') })).toEqual(['shut', 'open']);
      expect(await ids({ state: 'all', minScore: 50 })).toEqual(['shut', 'open']);
      expect(await ids({ state: 'all', from: 250 })).toEqual(['open', 'late']);
      expect(await ids({ state: 'all', until: 300 })).toEqual(['shut', 'open']);
      expect(await ids({ state: 'all', from: 150, until: 250 })).toEqual(['shut', 'open']);
    });

    it('pages by score, ties by id, steady while others are recorded', async () => {
      const log = await fresh();
      await log.record(Array.from({ length: 23 }, (_, i) => findingOf({ id: `a-${String(i).padStart(2, '0')}`, score: (i % 4) * 10 })));
      const all = (await log.query({ state: 'all', limit: 100 })).anomalies;
      expect([...all].sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))).toEqual(all);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await log.query({ state: 'all', limit: 5, ...(cursor !== undefined && { cursor }) });
        expect(page.total).toBeGreaterThanOrEqual(23);
        seen.push(...page.anomalies.map(({ id }) => id));
        cursor = page.nextCursor;
        if (seen.length === 10) await log.record([findingOf({ id: 'early', score: 99 })]);
      } while (cursor !== undefined);
      expect(seen).toEqual(all.map(({ id }) => id));
      await expect(log.query({ limit: 5, cursor: 'rubbish' })).rejects.toMatchObject({ code: 'bad-request' });
    });

    it('removes the anomalies of metrics, or closed ones that ended before a time', async () => {
      const log = await fresh();
      await log.record([
        findingOf({ id: 'open', start: 1 }), findingOf({ id: 'old', state: 'closed', start: 1, end: 50 }), findingOf({ id: 'edge', state: 'closed', start: 1, end: 100 }), findingOf({ id: 'other', metric: 'n', state: 'closed', end: 500 }),
      ]);
      expect(await log.remove({ endedBefore: 100 })).toBe(1);
      expect((await log.query({ state: 'all', limit: 10 })).anomalies.map(({ id }) => id).sort()).toEqual(['edge', 'open', 'other']);
      expect(await log.remove({ metrics: ['m', 'zz'] })).toBe(2);
      expect(await log.remove({ metrics: [] })).toBe(0);
      expect((await log.query({ state: 'all', limit: 10 })).anomalies.map(({ id }) => id)).toEqual(['other']);
      expect((await log.query({ state: 'open', limit: 10 })).total).toBe(0);
    });

    it('refuses all of a recording whose lease was overtaken', async () => {
      const { backend: { anomalies: log, state } } = await make();
      const old = (await state.acquire('shard/1', 'me', 10, 0))!;
      await log.record([findingOf({ id: 'in-time' })], old);
      await state.acquire('shard/1', 'you', 10, 20);
      await expect(log.record([findingOf({ id: 'late-1' }), findingOf({ id: 'late-2' })], old)).rejects.toMatchObject({ code: 'stale-lease' });
      expect((await everything(log)).map(({ anomaly }) => anomaly.id)).toEqual(['in-time']);
    });

    it('keeps anomalies, events and cursors over a restart', async () => {
      const { backend, reopen } = await make();
      await backend.anomalies.record([findingOf()]);
      const { cursor } = await backend.anomalies.follow('', 10, 0);
      await backend.anomalies.annotate('a-1', { note: 'n' }, 1);
      const { anomalies } = await reopen();
      expect(await anomalies.get('a-1')).toMatchObject({ note: 'n' });
      expect((await everything(anomalies, cursor)).map(({ type }) => type)).toEqual(['annotated']);
    });
  });
}
