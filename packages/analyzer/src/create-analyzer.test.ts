import { judge } from '@skylark/algorithms';
import { type Sample, shardOf, silentLogger } from '@skylark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMovedClock, eventually, type MovedClock, openTestStore, passUntil, quietSeries, type TestStore, whileTimePasses } from '../contract/store-for-tests.js';
import { defaultAnalyzerSettings } from './analyzer-settings.js';
import { type Analyzer, type AnalyzerOptions, createAnalyzer } from './create-analyzer.js';
import { canaryMetric } from './own/self-metrics.js';
import { replay } from './replay/replay.js';
import { lastRoundKey } from './rounds/round-record.js';

const minute = 60;
const hour = 3600;
const slot = 28_000_000;
const now = slot * minute;
const dayBefore = now - 24 * hour;

describe('the analyzer', () => {
  let store: TestStore;
  let clock: MovedClock;
  beforeEach(async () => {
    store = await openTestStore();
    clock = createMovedClock(now + 5);
  });
  afterEach(() => store.close());

  function analyzer(overrides: Partial<AnalyzerOptions> = {}, on = store): Analyzer {
    const { series, anomalies: log, queue, state } = on.backend;
    return createAnalyzer({ series, log, queue, state, clock, logger: silentLogger, settings: defaultAnalyzerSettings, ...overrides });
  }

  const valueOf = (samples: readonly Sample[], name: string, labels: Sample['labels'] = {}): number | undefined =>
    samples.find((sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value))?.value;
  const slotsOf = (one: Analyzer): Record<string, number | undefined> => Object.fromEntries(['judged', 'skipped', 'coalesced'].map((result) => [result, valueOf(one.samples(), 'skylark_analyzer_slots_total', { result })]));

  const bursting = (metric = 'web.latency', burst: readonly [number, number] = [now - 2 * minute, Infinity], until = now + minute) => quietSeries(metric, { from: dayBefore, until, burst });

  describe('judging a shard at a slot', () => {
    it('opens an anomaly with all its votes for a metric that is far off, and none for one that is quiet', async () => {
      await store.append(bursting(), quietSeries('web.quiet', { from: dayBefore, until: now + minute }));
      expect(await analyzer().judgeShard(0, slot)).toEqual({ shard: 0, slot, result: 'judged', changed: 1 });
      const [anomaly, ...others] = await store.anomalies();
      expect(others).toEqual([]);
      expect(anomaly).toMatchObject({ metric: 'web.latency', kind: 'deviation', state: 'open', start: now, peak: now, end: null, acknowledged: false });
      expect(Object.keys(anomaly!.votes)).toHaveLength(9);
      expect(anomaly!.detectors).toHaveLength(9);
    });

    it('judges the datapoint stamped with the slot itself, and nothing after it', async () => {
      await store.append(quietSeries('early', { from: dayBefore, until: now + hour, burst: [now + minute, Infinity] }), quietSeries('due', { from: dayBefore, until: now + hour, burst: [now, Infinity] }));
      await analyzer().judgeShard(0, slot);
      expect((await store.anomalies()).map(({ metric }) => metric)).toEqual(['due']);
    });

    it('judges a datapoint once, and again only when its value was corrected', async () => {
      let judged = 0;
      const counting = analyzer({ judge: (...input) => { judged += 1; return judge(...input); } });
      await store.append(quietSeries('slow', { from: dayBefore, until: now + minute, every: 300 }));
      for (let next = slot; next < slot + 4; next += 1) await counting.judgeShard(0, next);
      expect(judged).toBe(1);
      const last = Math.floor((now - dayBefore) / 300) * 300 + dayBefore;
      await store.append({ metric: 'slow', timestamps: Float64Array.of(last), values: Float64Array.of(900) });
      await counting.judgeShard(0, slot + 4);
      expect(judged).toBe(2);
      expect(await store.anomalies()).toMatchObject([{ metric: 'slow', start: last, value: 900 }]);
    });

    it('judges a slot once, whoever asks how often', async () => {
      await store.append(bursting());
      const [first, second] = [analyzer({ holder: 'one' }), analyzer({ holder: 'two' })];
      const results = await whileTimePasses(clock, Promise.all([first.judgeShard(0, slot), second.judgeShard(0, slot)]));
      expect(results.map(({ result }) => result).sort()).toEqual(['already', 'judged']);
      expect((await first.judgeShard(0, slot)).result).toBe('already');
      expect((await second.judgeShard(0, slot - 5)).result).toBe('already');
      expect(await store.anomalies()).toHaveLength(1);
    });

    it('goes on where a process before it ended: same anomaly, closed when quiet', async () => {
      await store.append(bursting('web.latency', [now - 2 * minute, now + 3 * minute], now + 20 * minute));
      for (let next = slot; next < slot + 2; next += 1) await analyzer().judgeShard(0, next);
      const restarted = analyzer({ holder: 'another life' });
      for (let next = slot + 2; next < slot + 15; next += 1) await restarted.judgeShard(0, next);
      expect(await store.anomalies()).toMatchObject([{ state: 'closed', start: now, end: expect.closeTo(now + 3 * minute, -3) as number }]);
    });

    it('writes what people can see of an anomaly that goes on, not an event a minute', async () => {
      await store.append(bursting('web.latency', [now, Infinity], now + hour));
      const one = analyzer();
      const { cursor } = await store.backend.anomalies.follow(null, 1, 0);
      for (let next = slot; next < slot + 20; next += 1) await one.judgeShard(0, next);
      const { events } = await store.backend.anomalies.follow(cursor, 100, 0);
      expect(events[0]?.type).toBe('opened');
      expect(events.length).toBeLessThan(12);
      expect((await store.anomalies())[0]!.lastFlagged).toBeGreaterThanOrEqual(now + 17 * minute);
    });

    it('is refused when a worker that was thought dead wakes up late, and records nothing', async () => {
      await store.append(bursting());
      const other = analyzer({ holder: 'other' });
      const stalled = analyzer({
        holder: 'stalled',
        series: { ...store.backend.series, read: async (metrics, window) => {
          await clock.advance(40);
          expect((await other.judgeShard(0, slot)).result).toBe('judged');
          await store.backend.state.acquire('analyzer/shard-0', 'a third', 30, clock.now());
          return store.backend.series.read(metrics, window);
        } },
      });
      expect(await stalled.judgeShard(0, slot)).toMatchObject({ result: 'overtaken' });
      expect(await store.anomalies()).toHaveLength(1);
    });

    it('that failed between its findings and its record is done again, to the same end', async () => {
      await store.append(bursting());
      let fails = true;
      const { state } = store.backend;
      const one = analyzer({ state: { ...state, set: async (...input) => {
        if (fails) throw new Error('killed here');
        return state.set(...input);
      } } });
      await expect(one.judgeShard(0, slot)).rejects.toThrow('killed here');
      const before = await store.anomalies();
      fails = false;
      expect((await one.judgeShard(0, slot)).result).toBe('judged');
      expect(before).toHaveLength(1);
      expect(await store.anomalies()).toEqual(before);
    });

    it('does not bring back what was removed with its metric', async () => {
      await store.append(bursting());
      const one = analyzer();
      await one.judgeShard(0, slot);
      await store.backend.series.remove(['web.latency']);
      await store.backend.anomalies.remove({ metrics: ['web.latency'] });
      for (let next = slot + 1; next < slot + 9; next += 1) await one.judgeShard(0, next);
      expect(await store.anomalies()).toEqual([]);
    });

    it('closes what is open of a metric that was removed without its anomalies', async () => {
      await store.append(bursting());
      const one = analyzer();
      await one.judgeShard(0, slot);
      await store.backend.series.remove(['web.latency']);
      await one.judgeShard(0, slot + 1);
      expect(await store.anomalies()).toMatchObject([{ state: 'closed', end: now }]);
    });

    it('tells a metric that stopped, but not those that were silent because Skylark was away', async () => {
      await store.append(quietSeries('stopped', { from: dayBefore, until: now - 20 * minute }), quietSeries('talking', { from: dayBefore, until: now + minute }));
      await analyzer().judgeShard(0, slot);
      expect(await store.anomalies()).toMatchObject([{ metric: 'stopped', kind: 'stopped', start: now - 21 * minute, score: 50 }]);

      await using other = await openTestStore();
      const heartbeats = quietSeries(canaryMetric, { from: dayBefore, until: now - 20 * minute, every: 10 });
      await other.append(heartbeats, quietSeries(canaryMetric, { from: now - 10, until: now, every: 10 }), quietSeries('silent with us', { from: dayBefore, until: now - 20 * minute }));
      await analyzer({}, other).judgeShard(0, slot);
      expect(await other.anomalies()).toEqual([]);
    });

    it('leaves skylark.* alone, unless a rule names them', async () => {
      await store.append(bursting('skylark.queue.depth'));
      await analyzer().judgeShard(0, slot);
      expect(await store.anomalies()).toEqual([]);
      await analyzer({ settings: { ...defaultAnalyzerSettings, rules: [{ match: 'skylark.queue.*' }] } }).judgeShard(0, slot + 1);
      expect(await store.anomalies()).toHaveLength(1);
    });

    it('judges a metric as its rule says', async () => {
      await store.append(bursting('a'), bursting('b'));
      await analyzer({ settings: { ...defaultAnalyzerSettings, rules: [{ match: 'a', direction: 'down' }] } }).judgeShard(0, slot);
      expect((await store.anomalies()).map(({ metric }) => metric)).toEqual(['b']);
    });
  });

  describe('a poison series', () => {
    it('costs nobody else a verdict, is quarantined with its reason after three strikes, and judged again after an hour', async () => {
      let [judged, throws] = [0, true];
      const poisoned = analyzer({
        judge: (series, ...rest) => {
          if (series.metric !== 'poison') return judge(series, ...rest);
          judged += 1;
          if (throws) throw new RangeError('out of cheese');
          return judge(series, ...rest);
        },
      });
      await store.append(bursting('good', [now, Infinity], now + 2 * hour), quietSeries('poison', { from: dayBefore, until: now + 2 * hour }));
      for (let next = slot; next < slot + 6; next += 1) expect((await poisoned.judgeShard(0, next)).result).toBe('judged');
      expect(judged).toBe(3);
      expect((await store.anomalies()).map(({ metric }) => metric)).toEqual(['good']);
      expect(valueOf(poisoned.samples(), 'skylark_series_quarantined', { reason: 'throws' })).toBe(1);
      const [record] = await store.backend.state.list('analyzer/quarantine/');
      expect(record?.value).toMatchObject({ metric: 'poison', reason: 'throws', detail: 'out of cheese' });
      throws = false;
      await poisoned.judgeShard(0, slot + 63);
      expect(judged).toBe(4);
      expect(valueOf(poisoned.samples(), 'skylark_series_quarantined', { reason: 'throws' })).toBe(0);
    });

    it('that takes longer than a second is quarantined as slow, though its verdicts count', async () => {
      const slow = analyzer({
        judge: (...input) => {
          clock.stall(2);
          return judge(...input);
        },
      });
      await store.append(bursting('slow', [now - minute, Infinity], now + hour));
      for (let next = slot; next < slot + 3; next += 1) await slow.judgeShard(0, next);
      expect(valueOf(slow.samples(), 'skylark_series_quarantined', { reason: 'slow' })).toBe(1);
      expect(await store.anomalies()).toHaveLength(1);
    });

    it('that cannot be read is quarantined, and the slice it lies in is judged', async () => {
      const { series } = store.backend;
      const unreadable = analyzer({ series: { ...series, shards: series.shards, read: async (metrics, window) => {
        if (metrics.includes('damaged')) throw new Error('bad checksum');
        return series.read(metrics, window);
      } } });
      await store.append(bursting('good', [now, Infinity], now + hour), quietSeries('damaged', { from: dayBefore, until: now + hour }));
      for (let next = slot; next < slot + 4; next += 1) await unreadable.judgeShard(0, next);
      expect(valueOf(unreadable.samples(), 'skylark_series_quarantined', { reason: 'unreadable' })).toBe(1);
      expect((await store.anomalies()).map(({ metric }) => metric)).toEqual(['good']);
    });
  });

  describe('rounds', () => {
    const stops: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const stop of stops.splice(0)) await stop();
    });

    function run(one: Analyzer): void {
      const stopping = new AbortController();
      const running = one.run(stopping.signal);
      stops.push(() => {
        stopping.abort();
        return running;
      });
    }

    it('begin at once, follow one another by the minute, and say how the last one went', async () => {
      await using sharded = await openTestStore(4);
      await sharded.append(bursting('a', [now, Infinity], now + hour), bursting('b', [Infinity, Infinity]));
      const one = analyzer({}, sharded);
      run(one);
      await eventually(async () => (await sharded.backend.state.get(lastRoundKey)) !== null);
      expect((await sharded.backend.state.get(lastRoundKey))!.value).toEqual({ slot, series: 2, anomalies: 1, tookMs: expect.any(Number) as number, late: false });
      expect(valueOf(one.samples(), 'skylark_series')).toBe(2);
      expect(valueOf(one.samples(), 'skylark_anomalies_open', { severity: 'critical' })).toBe(1);
      expect(valueOf(one.samples(), 'skylark_detector_fired_total', { detector: 'grubbs' })).toBe(1);
      await passUntil(clock, () => slotsOf(one).judged === 8);
      expect(slotsOf(one)).toEqual({ judged: 8, skipped: 0, coalesced: 0 });
      await stops.pop()!();
    });

    it('of two analyzers on one store are one round a slot', async () => {
      await using sharded = await openTestStore(4);
      await sharded.append(bursting('a', [now, Infinity], now + hour));
      const pair = [analyzer({ holder: 'one' }, sharded), analyzer({ holder: 'two' }, sharded)];
      for (const one of pair) run(one);
      const total = (result: string): number => pair.reduce((sum, one) => sum + (slotsOf(one)[result] ?? 0), 0);
      for (let round = 1; round <= 4; round += 1) {
        await passUntil(clock, () => total('judged') === 4 * round);
      }
      expect(total('skipped')).toBe(0);
      expect((await sharded.anomalies()).length).toBe(1);
      while (stops.length > 0) await stops.pop()!();
    });

    it('after a pause run once, for the latest slot; the missed ones are counted', async () => {
      await store.append(bursting());
      const first = analyzer();
      run(first);
      await eventually(() => slotsOf(first).judged === 1);
      await stops.pop()!();
      clock = createMovedClock(now + 5 + 10 * minute);
      const second = analyzer();
      run(second);
      await eventually(() => slotsOf(second).judged === 1);
      expect(slotsOf(second)).toEqual({ judged: 1, skipped: 9, coalesced: 0 });
    });

    it('that are late are dropped for the newest one, and counted', async () => {
      await using sharded = await openTestStore(6);
      await sharded.append(bursting('a'));
      let blocked = true;
      const { series } = sharded.backend;
      const slow = analyzer({ series: { ...series, shards: series.shards, list: async (shard, known) => {
        if (blocked) await eventually(() => !blocked);
        return series.list(shard, known);
      } } }, sharded);
      run(slow);
      await eventually(async () => (await sharded.backend.queue.counts('judge')).active === 4);
      await passUntil(clock, async () => (await sharded.backend.queue.counts('judge')).waiting === 6);
      blocked = false;
      await eventually(() => slotsOf(slow).judged === 10);
      expect(slotsOf(slow)).toEqual({ judged: 10, skipped: 0, coalesced: 2 });
      await stops.pop()!();
    });

    it('never repeat a slot when the clock is set back, and go on when it has caught up', async () => {
      await store.append(bursting());
      const one = analyzer();
      run(one);
      await eventually(() => slotsOf(one).judged === 1);
      clock.setBack(2 * minute);
      await clock.advance(100);
      expect(slotsOf(one).judged).toBe(1);
      expect(one.lagSeconds()).toBeGreaterThan(100);
      await passUntil(clock, () => slotsOf(one).judged === 2);
      expect(slotsOf(one).skipped).toBe(0);
    });

    it('park a job of a version they do not know', async () => {
      await store.backend.queue.add('judge', [{ id: 'x-1', data: { version: 2, shards: [1, 2] } }]);
      run(analyzer());
      await eventually(async () => (await store.backend.queue.counts('judge-parked')).waiting === 1);
      expect((await store.backend.queue.counts('judge')).failed).toBe(0);
    });

    it('put every metric into the shard that its name says', async () => {
      await using sharded = await openTestStore(4);
      await sharded.append(bursting('a'), bursting('b'), bursting('c'));
      const one = analyzer({}, sharded);
      for (let shard = 0; shard < 4; shard += 1) await one.judgeShard(shard, slot);
      expect(new Set((await sharded.anomalies()).map(({ metric }) => shardOf(metric, 4))).size).toBeGreaterThan(1);
      expect(await sharded.anomalies()).toHaveLength(3);
    });
  });

  describe('replay', () => {
    const options = () => ({ series: store.backend.series, log: store.backend.anomalies, clock, settings: defaultAnalyzerSettings });

    it('finds what the rounds found, and says so', async () => {
      const began = slot - 90;
      await store.append(bursting('a', [now - 80 * minute, now - 74 * minute], now - 50 * minute), bursting('b', [now - 70 * minute, now - 55 * minute]), quietSeries('c', { from: dayBefore, until: now - 85 * minute, every: 300 }));
      const one = analyzer();
      for (let next = began; next < slot; next += 1) await one.judgeShard(0, next);
      const recorded = await store.anomalies();
      expect(recorded.map(({ metric, kind }) => `${metric} ${kind}`).sort()).toEqual(['a deviation', 'a stopped', 'b deviation', 'c stopped']);
      const answer = await replay(options(), { metrics: ['a', 'b', 'c'], from: began * minute, until: now, dryRun: true });
      expect({ ...answer, slots: 0, found: [] }).toEqual({ slots: 0, found: [], added: [], changed: [], missing: [] });
      expect(answer.found).toHaveLength(4);
    });

    it('records history that no round ever saw, once', async () => {
      await store.append(bursting('a', [now - 8 * hour, now - 8 * hour + 400]));
      const dry = await replay(options(), { metrics: ['a'], dryRun: true });
      expect(dry.added).toHaveLength(1);
      expect(await store.anomalies()).toEqual([]);
      expect((await replay(options(), { metrics: ['a'] })).added).toEqual(dry.added);
      expect(await store.anomalies()).toMatchObject([{ id: dry.added[0], state: 'closed', start: now - 8 * hour, metric: 'a' }]);
      expect(await replay(options(), { metrics: ['a'] })).toMatchObject({ added: [], changed: [], missing: [] });
    });

    it('keeps what people said when other settings move an anomaly', async () => {
      await store.append(bursting('a', [now - 8 * hour, now - 8 * hour + 900]));
      await replay(options(), { metrics: ['a'] });
      const [before] = await store.anomalies();
      await store.backend.anomalies.annotate(before!.id, { feedback: 'real' }, now);
      const ensemble = { ...defaultAnalyzerSettings.ensemble, consensus: 8 };
      await replay({ ...options(), settings: { ...defaultAnalyzerSettings, ensemble } }, { metrics: ['a'] });
      expect(await store.anomalies()).toMatchObject([{ id: before!.id, feedback: 'real' }]);
    });

    it('answers nothing for a metric that is not there', async () => {
      expect(await replay(options(), { metrics: ['no such'] })).toEqual({ slots: 0, found: [], added: [], changed: [], missing: [] });
    });
  });
});
