import { defaultEnsembleSettings, type StreamDetector } from '@skylark/algorithms';
import { type Sample, type Series, type SnapshotStore, silentLogger } from '@skylark/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectorForTests } from '../../contract/detector-for-tests.js';
import { createMovedClock, type MovedClock, openTestStore, quietSeries, type TestStore } from '../../contract/store-for-tests.js';
import { type AnalyzerSettings, defaultAnalyzerSettings } from '../analyzer-settings.js';
import { type Analyzer, type AnalyzerOptions, createAnalyzer } from '../create-analyzer.js';
import { canaryMetric } from '../own/self-metrics.js';
import { replay } from '../replay/replay.js';

const minute = 60;
const hour = 3600;
const slot = 28_000_000;
const now = slot * minute;
const streaming: AnalyzerSettings = { ...defaultAnalyzerSettings, ensemble: { ...defaultEnsembleSettings, ensemble: 'default' } };

let store: TestStore;
let clock: MovedClock;
beforeEach(async () => {
  store = await openTestStore();
  clock = createMovedClock(now + 5);
});
afterEach(() => store.close());

function analyzer(overrides: Partial<AnalyzerOptions> = {}, on = store): Analyzer {
  const { series, anomalies: log, queue, state, snapshots } = on.backend;
  return createAnalyzer({ series, log, queue, state, snapshots, clock, logger: silentLogger, settings: streaming, detector: detectorForTests, ...overrides });
}

async function judgeSlots(one: Analyzer, from: number, until: number): Promise<void> {
  for (let next = from; next < until; next += 1) await one.judgeShard(0, next);
}

const valueOf = (samples: readonly Sample[], name: string, labels: Sample['labels'] = {}): number | undefined =>
  samples.find((sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value))?.value;

/** Appends a series as it would have come: what belongs to a slot just before the slot is judged. */
async function live(series: readonly Series[], from: number, until: number, judgeAt: (slot: number) => Promise<void>, on = store): Promise<void> {
  await on.append(...series.map((one) => cut(one, -Infinity, from * minute)).filter(({ values }) => values.length > 0));
  for (let next = from; next < until; next += 1) {
    await on.append(...series.map((one) => cut(one, next === from ? next * minute : (next - 1) * minute + 1e-3, next * minute + 1e-3)).filter(({ values }) => values.length > 0));
    await judgeAt(next);
  }
}

function cut({ metric, timestamps, values }: Series, from: number, until: number): Series {
  const kept = [...timestamps.keys()].filter((i) => timestamps[i]! >= from && timestamps[i]! < until);
  return { metric, timestamps: Float64Array.from(kept, (i) => timestamps[i]!), values: Float64Array.from(kept, (i) => values[i]!) };
}

const bursting = (metric: string, burst: readonly [number, number], until = now + 2 * hour, every = minute) => quietSeries(metric, { from: now - 10 * hour, until, burst, every });

describe('judging datapoint by datapoint', () => {
  it('opens one anomaly at the first odd datapoint, keeps the peak, and closes it when it is quiet', async () => {
    await store.append(bursting('web', [now - 30, now + 4 * minute], now + hour, 10), bursting('quiet', [Infinity, Infinity], now + hour, 10));
    const one = analyzer();
    const { cursor } = await store.backend.anomalies.follow(null, 1, 0);
    await judgeSlots(one, slot, slot + 20);
    const [anomaly, ...others] = await store.anomalies();
    expect(others).toEqual([]);
    expect(anomaly).toMatchObject({ metric: 'web', kind: 'deviation', state: 'closed', start: now - 30, end: now + 4 * minute - 10, votes: { far: true, farther: true } });
    expect(anomaly!.peak).toBeGreaterThanOrEqual(now - 30);
    expect(anomaly!.expected!.high).toBeLessThan(200);
    expect(anomaly!.detectors.map(({ name }) => name)).toEqual(['far', 'farther']);
    const { events } = await store.backend.anomalies.follow(cursor, 100, 0);
    expect(events.map(({ type }) => type).filter((type) => type !== 'updated')).toEqual(['opened', 'closed']);
    expect(events.length).toBeLessThan(6);
  });

  it('sees an odd datapoint between two slots, however ordinary the last one is', async () => {
    await store.append(bursting('web', [now - 30, now - 25], now + minute, 10));
    await analyzer().judgeShard(0, slot);
    expect(await store.anomalies()).toMatchObject([{ start: now - 30, peak: now - 30, lastFlagged: now - 30, state: 'open' }]);
  });

  it('tells nothing of what was over for an hour when it saw the metric first', async () => {
    const odd: [number, number][] = [[-8, -7.9], [-6, -5.5], [-3, -2.9], [-1.1, -1.05]];
    const series = bursting('web', [now - 2 * minute, Infinity], now + minute);
    for (const [from, until] of odd) series.timestamps.forEach((at, i) => at >= now + from * hour && at < now + until * hour && (series.values[i] = 700 + i));
    await store.append(series);
    await analyzer().judgeShard(0, slot);
    expect(await store.anomalies()).toMatchObject([{ state: 'open', start: now - 2 * minute }]);
  });

  it('opens nothing for what an import brings bit by bit, and keeps what was over an hour ago at most', async () => {
    const one = analyzer();
    const series = quietSeries('web', { from: now - 10 * hour, until: now + minute });
    for (const [from, until] of [[-8, -7.9], [-4, -3.9], [-0.5, -0.4]] as const) series.timestamps.forEach((at, i) => at >= now + from * hour && at < now + until * hour && (series.values[i] = 700 + i));
    for (const [i, from] of [10, 8.5, 7, 5, 3, 1].entries()) {
      await store.append(cut(series, now - from * hour, i === 5 ? Infinity : now - [8.5, 7, 5, 3, 1][i]! * hour));
      await one.judgeShard(0, slot + i);
    }
    expect((await store.anomalies()).filter(({ kind }) => kind === 'deviation')).toMatchObject([{ state: 'closed', start: now - hour / 2 }]);
  });

  it('leaves an anomaly open of a metric that comes with a delay of seven minutes', async () => {
    const series = bursting('web', [now - 5 * minute, Infinity]);
    const one = analyzer();
    const states: string[] = [];
    await store.append(cut(series, -Infinity, now - 7 * minute));
    for (let next = slot; next < slot + 20; next += 1) {
      await store.append(cut(series, (next - 8) * minute, (next - 7) * minute + 1));
      await one.judgeShard(0, next);
      states.push((await store.anomalies()).map(({ state }) => state).join());
    }
    expect(states.filter((state) => state !== '')).toEqual(new Array(18).fill('open'));
  });

  it('takes a datapoint once, at its slot: what is stamped later waits, what comes late is in no state', async () => {
    const stepped: number[] = [];
    const recording: StreamDetector = { ...detectorForTests, step: (state, timestamp, ...rest) => {
      if (timestamp >= now - minute) stepped.push(timestamp - now);
      return detectorForTests.step(state, timestamp, ...rest);
    } };
    const one = analyzer({ detector: recording });
    await store.append(quietSeries('web', { from: now - hour, until: now - minute }));
    await one.judgeShard(0, slot - 2);
    const append = (...timestamps: number[]) => store.append({ metric: 'web', timestamps: Float64Array.from(timestamps, (at) => now + at), values: Float64Array.from(timestamps, () => 100) });
    await append(-10, 0, 30, 60, 90, 400);
    await one.judgeShard(0, slot);
    expect(stepped).toEqual([-10, 0]);
    await append(-20, 50);
    await one.judgeShard(0, slot + 1);
    expect(stepped).toEqual([-10, 0, 30, 50, 60]);
    expect(valueOf(one.samples(), 'skylark_analyzer_late_total')).toBe(1);
    await append(80, 100);
    const other = analyzer({ detector: recording, holder: 'after a restart' });
    await other.judgeShard(0, slot + 2);
    expect(stepped.slice(-3)).toEqual([80, 90, 100]);
    await one.judgeShard(0, slot + 9);
    expect(stepped.at(-1)).toBe(400);
  });

  it('goes on from windows when the log was sealed under its feet', async () => {
    const series = bursting('web', [now + 4 * minute, now + 6 * minute]);
    const seen = await recorded(async (detector) => {
      const one = analyzer({ detector });
      await live([series], slot - 3, slot + 15, async (next) => {
        await one.judgeShard(0, next);
        if (next % 4 === 0) await store.backend.series.maintain(0, now + 40 * 86_400);
      });
    });
    expect(seen.size).toBe(series.timestamps.filter((at) => at <= now + 14 * minute).length);
    expect(await store.anomalies()).toMatchObject([{ metric: 'web', start: now + 4 * minute }]);
  });

  it('tells a metric that stopped, and that it goes on', async () => {
    await store.append(quietSeries('gone', { from: now - 5 * hour, until: now }), quietSeries('slow', { from: now - 9 * hour, until: now, every: 1200 }), quietSeries('canary-less', { from: now - 5 * hour, until: now + 2 * hour }));
    const one = analyzer();
    await judgeSlots(one, slot, slot + 15);
    expect(await store.anomalies()).toMatchObject([{ metric: 'gone', kind: 'stopped', state: 'open', start: now - minute, score: 50 }]);
    await store.append(quietSeries('gone', { from: now + 15 * minute, until: now + 40 * minute }));
    await judgeSlots(one, slot + 15, slot + 20);
    expect(await store.anomalies()).toMatchObject([{ metric: 'gone', kind: 'stopped', state: 'closed', end: now + 15 * minute }]);
    await judgeSlots(one, slot + 100, slot + 110);
    expect((await store.anomalies()).map(({ metric }) => metric).sort()).toEqual(['gone', 'gone', 'slow']);
  });

  it("says of nobody that it stopped while Skylark itself was away", async () => {
    await store.append(quietSeries(canaryMetric, { from: now - 5 * hour, until: now - 20 * minute, every: 10 }), quietSeries(canaryMetric, { from: now - 10, until: now, every: 10 }), quietSeries('silent with us', { from: now - 5 * hour, until: now - 20 * minute }));
    await analyzer().judgeShard(0, slot);
    expect(await store.anomalies()).toEqual([]);
  });

  it('heeds the rules: direction, bounds, least deviation; and judges by the window where one names detectors', async () => {
    const names = ['up', 'down', 'bounded', 'least', 'low', 'windowed'];
    await store.append(...names.map((name) => bursting(name, [now - minute, Infinity], now + minute)), quietSeries('capped', { from: now - hour, until: now + minute }));
    const rules = [
      { match: 'up', direction: 'up' as const },
      { match: 'down', direction: 'down' as const },
      { match: 'bounded', low: 0, high: 1000 },
      { match: 'least', minAbsolute: 1000 },
      { match: 'low', high: 300 },
      { match: 'capped', high: 90 },
      { match: 'windowed', detectors: ['grubbs'] },
    ];
    await analyzer({ settings: { ...streaming, rules } }).judgeShard(0, slot);
    const found = await store.anomalies();
    expect(found.map(({ metric }) => metric).sort()).toEqual(['capped', 'low', 'up', 'windowed']);
    expect(found.find(({ metric }) => metric === 'capped')).toMatchObject({ score: 100, start: now - hour });
    expect(found.find(({ metric }) => metric === 'windowed')!.votes).toEqual({ grubbs: true });
  });

  it('quarantines a series whose step throws, and nobody else', async () => {
    const poisoned: StreamDetector = { ...detectorForTests, step: (state, timestamp, value, settings) => {
      if (value === 666) throw new RangeError('out of cheese');
      return detectorForTests.step(state, timestamp, value, settings);
    } };
    await store.append(bursting('good', [now + 2 * minute, Infinity]), { ...quietSeries('poison', { from: now - hour, until: now + hour }), values: new Float64Array(120).fill(666) });
    const one = analyzer({ detector: poisoned });
    await judgeSlots(one, slot, slot + 6);
    expect((await store.anomalies()).map(({ metric }) => metric)).toEqual(['good']);
    expect(valueOf(one.samples(), 'skylark_series_quarantined', { reason: 'throws' })).toBe(1);
  });

  it('goes through history slot by slot when there is much of it, and judges meanwhile what it is done with', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `m${String(i).padStart(3, '0')}`);
    await store.append(...names.map((name) => quietSeries(name, { from: now - 2 * hour, until: now + hour })));
    const { series } = store.backend;
    // Each read takes 20 of the interval's 24 seconds for history.
    const slow = { ...series, shards: series.shards, read: async (...input: Parameters<typeof series.read>) => {
      clock.stall(input[0].includes(canaryMetric) ? 0 : 20);
      return series.read(...input);
    } };
    const one = analyzer({ series: slow });
    const behind: (number | undefined)[] = [];
    for (let next = slot; next < slot + 40; next += 1) {
      await one.judgeShard(0, next);
      behind.push(valueOf(one.samples(), 'skylark_series_behind'));
    }
    expect(behind[0]).toBeGreaterThan(200);
    expect(behind.every((count, i) => i === 0 || count! <= behind[i - 1]!)).toBe(true);
    expect(behind.at(-1)).toBe(0);
  });

  it('forgets a metric that was removed, and starts anew when it is back', async () => {
    await store.append(bursting('web', [now - minute, Infinity]));
    const one = analyzer();
    await judgeSlots(one, slot, slot + 2);
    await store.backend.series.remove(['web']);
    await judgeSlots(one, slot + 2, slot + 4);
    expect(await store.anomalies()).toMatchObject([{ state: 'closed' }]);
    await store.append(quietSeries('web', { from: now + 4 * minute, until: now + hour }));
    await judgeSlots(one, slot + 4, slot + 60);
    expect(await store.anomalies()).toHaveLength(1);
  });
});

/** Every datapoint's score, whoever stepped it and how often; a datapoint that got two different scores fails. Values are told apart by their bits. */
async function recorded(run: (detector: StreamDetector) => Promise<void>, scores = new Map<string, number>()): Promise<Map<string, number>> {
  const detector: StreamDetector = { ...detectorForTests, step: (state, timestamp, value, settings) => {
    const score = detectorForTests.step(state, timestamp, value, settings);
    const key = `${timestamp} ${value}`;
    const known = scores.get(key);
    if (known !== undefined && known !== score) throw new Error(`${key} got ${known}, then ${score}`);
    scores.set(key, score);
    return score;
  } };
  await run(detector);
  return scores;
}

describe('what is remembered', () => {
  const stretch = fc.record({ pause: fc.constantFrom(0, 60, 600, 2000), every: fc.constantFrom(10, 60, 60, 150), count: fc.integer({ min: 5, max: 60 }), level: fc.constantFrom(10, 10, 10, 11, 40, 300) });
  const madeOf = (metric: string, stretches: readonly { pause: number; every: number; count: number; level: number }[]): Series => {
    const [timestamps, values]: [number[], number[]] = [[], []];
    let at = now - hour;
    for (const { pause, every, count, level } of stretches) {
      at += pause;
      for (let i = 0; i < count; i += 1, at += every) {
        timestamps.push(at);
        values.push(level + (((timestamps.length * 7919) % 131) + metric.length / 7) / 100);
      }
    }
    return { metric, timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) };
  };
  const many = fc.array(fc.array(stretch, { minLength: 3, maxLength: 9 }), { minLength: 1, maxLength: 4 }).map((all) => all.map((stretches, i) => madeOf('m'.repeat(i + 1), stretches)));

  it('gives every datapoint the same score, and every anomaly the same life, with restarts, lost and late snapshots as without', async () => {
    let found = 0;
    await fc.assert(fc.asyncProperty(many, fc.array(fc.constantFrom('go', 'go', 'go', 'restart', 'restart', 'lose', 'seal'), { minLength: 30, maxLength: 30 }), async (series, events) => {
      await using smooth = await openTestStore();
      await using rough = await openTestStore();
      const scores = new Map<string, number>();
      await recorded(async (detector) => {
        const one = analyzer({ detector }, smooth);
        await live(series, slot, slot + 30, async (next) => void (await one.judgeShard(0, next)), smooth);
      }, scores);
      const stepped = scores.size;
      await recorded(async (detector) => {
        let one = analyzer({ detector }, rough);
        await live(series, slot, slot + 30, async (next) => {
          const event = events[next - slot];
          if (event === 'lose') await rough.backend.snapshots.delete('analyzer/states/0/0');
          if (event === 'seal') await rough.backend.series.maintain(0, now + 40 * 86_400);
          if (event === 'restart' || event === 'lose') one = analyzer({ detector }, rough);
          await one.judgeShard(0, next);
        }, rough);
      }, scores);
      expect(scores.size).toBe(stepped);
      const anomalies = await smooth.anomalies();
      // What only a longer duration changed is written now and then.
      const told = (list: typeof anomalies) => list.map(({ lastFlagged: _lastFlagged, updated: _updated, ...rest }) => rest);
      expect(told(await rough.anomalies())).toEqual(told(anomalies));
      found += anomalies.length;
    }), { numRuns: process.env['SKYLARK_SOAK'] === '1' ? 150 : 6, endOnFailure: true });
    expect(found).toBeGreaterThan(5);
  }, process.env['SKYLARK_SOAK'] === '1' ? 3_600_000 : 120_000);

  it('is read back instead of stepped again', async () => {
    let steps = 0;
    const counting: StreamDetector = { ...detectorForTests, step: (...input) => {
      steps += 1;
      return detectorForTests.step(...input);
    } };
    await store.append(quietSeries('web', { from: now - 10 * hour, until: now + hour }));
    await judgeSlots(analyzer({ detector: counting }), slot, slot + 2);
    expect(steps).toBe(602);
    await judgeSlots(analyzer({ detector: counting }), slot + 2, slot + 3);
    expect(steps).toBe(604);
  });

  it('of another version, another zone, or damaged, is made anew', async () => {
    let steps = 0;
    const counting: StreamDetector = { ...detectorForTests, step: (...input) => {
      steps += 1;
      return detectorForTests.step(...input);
    } };
    await store.append(quietSeries('web', { from: now - 10 * hour, until: now + hour }));
    const others: [string, Partial<AnalyzerOptions>][] = [
      ['version', { detector: { ...counting, stateVersion: 2 } }],
      ['zone', { settings: { ...streaming, timeZone: 'Europe/Berlin' } }],
      ['damaged', { snapshots: { ...store.backend.snapshots, read: async () => new Uint8Array([200, 1, 0, 0, 3]) } satisfies SnapshotStore }],
      ['cut off', { snapshots: { ...store.backend.snapshots, read: async (key) => (await store.backend.snapshots.read(key))!.slice(0, 40) } satisfies SnapshotStore }],
    ];
    for (const [index, [name, overrides]] of others.entries()) {
      await analyzer({ detector: counting }).judgeShard(0, slot + 2 * index);
      steps = 0;
      await analyzer({ detector: counting, ...overrides }).judgeShard(0, slot + 2 * index + 1);
      expect(steps, name).toBe(600 + 2 * index + 2);
    }
  });

  it('is not written by a worker that lost its shard meanwhile', async () => {
    await store.append(quietSeries('web', { from: now - hour, until: now + hour }));
    const { snapshots, state } = store.backend;
    const one = analyzer({ snapshots: { ...snapshots, write: async (...input) => {
      await state.acquire('analyzer/shard-0', 'another', 30, clock.now() + 100);
      return snapshots.write(...input);
    } } });
    expect((await one.judgeShard(0, slot)).result).toBe('judged');
    expect(await snapshots.read('analyzer/states/0/0')).toBeNull();
  });
});

describe('replay', () => {
  it('comes to the verdicts of the rounds', async () => {
    const series = [
      bursting('a', [now + 10 * minute, now + 14 * minute], now + 100 * minute),
      bursting('b', [now + 30 * minute, now + 31 * minute], now + 100 * minute, 10),
      bursting('c', [now - 3 * minute, now + 15 * minute], now + 40 * minute),
      quietSeries('d', { from: now - 10 * hour, until: now + 20 * minute, every: 300 }),
    ];
    const one = analyzer();
    await live(series, slot, slot + 100, async (next) => void (await one.judgeShard(0, next)));
    const recordedThen = await store.anomalies();
    expect(recordedThen.map(({ metric, kind }) => `${metric} ${kind}`).sort()).toEqual(['a deviation', 'b deviation', 'c deviation', 'c stopped', 'd stopped']);
    const options = { series: store.backend.series, log: store.backend.anomalies, clock, settings: streaming, detector: detectorForTests };
    const answer = await replay(options, { metrics: ['a', 'b', 'c', 'd'], from: now, until: now + 100 * minute, dryRun: true });
    expect({ ...answer, slots: 0, found: [] }).toEqual({ slots: 0, found: [], added: [], changed: [], missing: [] });
    expect(answer.found).toHaveLength(5);
    for (const { id, peak, score, votes, explanation, start } of answer.found) expect(recordedThen.find((other) => other.id === id)).toMatchObject({ peak, score, votes, explanation, start });
  });

  it('under other settings says what would have been', async () => {
    await store.append(bursting('a', [now - 3 * hour, now - 2.9 * hour], now));
    const options = { series: store.backend.series, log: store.backend.anomalies, clock, settings: streaming, detector: detectorForTests };
    expect((await replay(options, { metrics: ['a'], dryRun: true })).added).toHaveLength(1);
    expect((await replay({ ...options, settings: { ...streaming, openAt: 101 } }, { metrics: ['a'], dryRun: true })).added).toHaveLength(0);
  });
});
