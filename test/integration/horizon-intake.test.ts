import { SkylarkError, type LogFields, type SeriesStore } from '@skylark/core';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '@skylark/core';
import { createIntake, type Intake } from '@skylark/horizon';
import { realClock } from '../clock.js';
import { openHorizon, openRules, tally, until, type Horizon, type HorizonOptions } from './horizon-fixture.js';

const now = Math.floor(Date.now() / 1000);
const open: Horizon[] = [];

async function horizonOf(options: HorizonOptions = {}): Promise<Horizon> {
  const horizon = await openHorizon(options);
  open.push(horizon);
  return horizon;
}

afterEach(async () => {
  for (const horizon of open.splice(0)) await horizon.end();
});

/** A store that can be made to refuse; what it lets through is the real one. */
function switchable(): { between: (store: SeriesStore) => SeriesStore; refuse(error: Error | null): void; hold(): () => void; appends(): number } {
  let error: Error | null = null;
  let held: Promise<void> | null = null;
  let appends = 0;
  return {
    between: (store) => ({
      ...bound(store),
      async append(batch) {
        appends++;
        if (held !== null) await held;
        if (error !== null) throw error;
        await store.append(batch);
      },
    }),
    refuse: (next) => (error = next),
    hold() {
      let release = (): void => undefined;
      held = new Promise((resolve) => (release = resolve));
      return () => {
        held = null;
        release();
      };
    },
    appends: () => appends,
  };
}

function bound(store: SeriesStore): SeriesStore {
  return {
    shards: store.shards,
    handles: (metrics) => store.handles(metrics),
    append: (batch) => store.append(batch),
    read: (metrics, window) => store.read(metrics, window),
    list: (shard, known) => store.list(shard, known),
    spans: (metrics) => store.spans(metrics),
    remove: (metrics) => store.remove(metrics),
    follow: (shard, cursor, limit) => store.follow(shard, cursor, limit),
    maintain: (shard, at) => store.maintain(shard, at),
  };
}

describe('the intake', () => {
  it('stores what its sinks take, by bytes or by text, in order of arrival', async () => {
    const { intake, read } = await horizonOf();
    const sink = intake.sink('carbon-tcp');
    const line = Buffer.from('xx web.ü yy');
    sink.datapointBytes(line, 3, 9, now - 10, 1);
    sink.datapoint('web.ü', now, 2);
    sink.datapoint('web.ü', now - 10, 3);
    sink.datapoint('other', now, -0.5);
    await intake.flush();
    expect(await read('web.ü', 'other')).toEqual([[[now - 10, 3], [now, 2]], [[now, -0.5]]]);
    expect(tally({ intake }, 'carbon-tcp')).toEqual({ received: 4, accepted: 4, rejected: 0, dropped: 0, reasons: {} });
  });

  it('stores by itself within its flush time', async () => {
    const { intake } = await horizonOf({ flushMs: 30 });
    intake.sink('pickle').datapoint('a', now, 1);
    await until(() => tally({ intake }, 'pickle').accepted === 1, 'the flush', 2000);
  });

  it('takes a timestamp of NaN as now', async () => {
    const { intake, read } = await horizonOf();
    const sink = intake.sink('carbon-tcp');
    sink.touch();
    sink.datapoint('a', NaN, 1);
    await intake.flush();
    const [[point] = []] = await read('a');
    expect(Math.abs((point?.[0] ?? 0) - Date.now() / 1000)).toBeLessThan(3);
  });

  it('counts each item exactly once, whatever becomes of it', async () => {
    const { intake } = await horizonOf({ rules: { maxAgeSeconds: 3600, maxMetrics: 3, skip: [(name) => name.startsWith('tmp.')] } });
    const sink = intake.sink('msgpack');
    for (const name of ['a', 'b', 'tmp.x', 'tmp.x', 'c', 'd', 'a', 'bad\u0000name', '\ud800']) sink.datapoint(name, now, 1);
    sink.datapoint('a', now - 4000, 1);
    sink.datapoint('a', now + 4000, 1);
    sink.datapoint('a', now, NaN);
    sink.datapoint('a', now, -Infinity);
    sink.reject('syntax', 0, 5);
    await intake.flush();
    expect(tally({ intake }, 'msgpack')).toEqual({
      received: 14, accepted: 4, rejected: 10, dropped: 0,
      reasons: { syntax: 1, 'bad-name': 2, 'bad-value': 1, nan: 1, 'too-old': 1, 'too-new': 1, skipped: 2, 'too-many-metrics': 1 },
    });
  });

  it('keeps a batch while the store is away and stores it once it is back', async () => {
    const store = switchable();
    const lines: string[] = [];
    const { intake, read } = await horizonOf({ between: store.between, logger: { ...silentLogger, warn: (event) => lines.push(event), info: (event) => lines.push(event) } });
    const sink = intake.sink('carbon-tcp');
    for (const code of ['store-away', 'store-full', 'store-failed'] as const) {
      store.refuse(new SkylarkError(code));
      sink.datapoint(code, now, 1);
      await until(() => lines.at(-1) === 'intake.store-away', 'the store is seen to be away');
      expect(intake.health()).toMatchObject({ name: 'intake', ok: false, reason: expect.stringContaining(code) as string });
      sink.datapoint(code, now + 1, 2);
      store.refuse(null);
      await intake.flush();
      expect(lines.at(-1)).toBe('intake.store-back');
    }
    expect(await read('store-away', 'store-full', 'store-failed')).toEqual(Array(3).fill([[now, 1], [now + 1, 2]]));
    expect(intake.health()).toEqual({ name: 'intake', ok: true });
    expect(tally({ intake }, 'carbon-tcp')).toMatchObject({ received: 6, accepted: 6 });
  });

  it('gives up a batch that the store refuses for another reason, and goes on', async () => {
    const store = switchable();
    const { intake } = await horizonOf({ between: store.between });
    const sink = intake.sink('carbon-tcp');
    store.refuse(new TypeError('poison'));
    sink.datapoint('a', now, 1);
    await until(() => tally({ intake }, 'carbon-tcp').dropped === 1, 'the batch is given up');
    store.refuse(null);
    sink.datapoint('a', now, 1);
    await intake.flush();
    expect(tally({ intake }, 'carbon-tcp')).toEqual({ received: 2, accepted: 1, rejected: 0, dropped: 1, reasons: { 'store-away': 1 } });
  });

  it('pauses above three quarters of its bound, drops and counts beyond it, resumes below half', async () => {
    const store = switchable();
    const { intake } = await horizonOf({ between: store.between, maxBufferedDatapoints: 800 });
    const heard: boolean[] = [];
    intake.onPause((paused) => heard.push(paused));
    const sink = intake.sink('carbon-tcp');
    const datagrams = intake.sink('carbon-udp', { droppable: true });
    store.refuse(new SkylarkError('store-away'));
    for (let i = 0; i < 5000; i++) sink.datapoint('a', now - i, i);
    datagrams.datapoint('b', now, 1);
    expect([intake.paused, heard]).toEqual([true, [true]]);
    store.refuse(null);
    await intake.flush();
    expect([intake.paused, heard]).toEqual([false, [true, false]]);
    const counted = tally({ intake }, 'carbon-tcp');
    expect(counted).toMatchObject({ received: 5000, rejected: 0 });
    expect(counted.accepted + counted.dropped).toBe(5000);
    expect(counted.accepted).toBeGreaterThanOrEqual(800);
    expect(counted.accepted).toBeLessThanOrEqual(1000);
    expect(tally({ intake }, 'carbon-udp')).toMatchObject({ received: 1, dropped: 1 });
  });

  it('calls a drop overload when the store is merely slow, store-away when it is away', async () => {
    const store = switchable();
    const { intake } = await horizonOf({ between: store.between, maxBufferedDatapoints: 80 });
    const sink = intake.sink('carbon-tcp');
    const release = store.hold();
    for (let i = 0; i < 200; i++) sink.datapoint('a', now - i, i);
    expect(Object.keys(tally({ intake }, 'carbon-tcp').reasons)).toEqual(['overload']);
    store.refuse(new SkylarkError('store-away'));
    release();
    await until(() => !intake.health().ok && (intake.health().reason ?? '').includes('store-away'), 'away');
    for (let i = 0; i < 200; i++) sink.datapoint('a', now - i, i);
    expect(Object.keys(tally({ intake }, 'carbon-tcp').reasons).sort()).toEqual(['overload', 'store-away']);
    store.refuse(null);
  });

  it('drops and counts what a store that stays away did not take by the end of the grace', async () => {
    const store = switchable();
    const { intake } = await horizonOf({ between: store.between, closeGraceMs: 200 });
    store.refuse(new SkylarkError('store-away'));
    for (let i = 0; i < 10; i++) intake.sink('carbon-tcp').datapoint('a', now - i, i);
    await intake.close();
    expect(tally({ intake }, 'carbon-tcp')).toEqual({ received: 10, accepted: 0, rejected: 0, dropped: 10, reasons: { 'store-away': 10 } });
  });

  it('decodes on while an append is under way', async () => {
    const store = switchable();
    const { intake } = await horizonOf({ between: store.between, flushRecords: 10 });
    const sink = intake.sink('carbon-tcp');
    const release = store.hold();
    for (let i = 0; i < 100; i++) sink.datapoint('a', now - i, i);
    await until(() => store.appends() === 1, 'the first append');
    for (let i = 0; i < 100; i++) sink.datapoint('b', now - i, i);
    release();
    await intake.flush();
    expect(tally({ intake }, 'carbon-tcp')).toMatchObject({ received: 200, accepted: 200 });
  });

  it('never counts a metric that the store already holds as a new one', async () => {
    const { intake, backend } = await horizonOf();
    await intake.write([{ metric: 'old', timestamp: now, value: 1 }]);
    const strict = await createIntake({ store: backend.series, clock: realClock, logger: silentLogger, rules: { ...openRules, maxMetrics: 1, newMetricsPerMinute: 1 } });
    const sink = strict.sink('carbon-tcp');
    sink.datapoint('old', now + 1, 1);
    sink.datapoint('new', now + 1, 1);
    await strict.close();
    expect(tally({ intake: strict }, 'carbon-tcp')).toMatchObject({ accepted: 1, reasons: { 'too-many-metrics': 1 } });
  });

  it('has room for new metrics again when the store has lost old ones', async () => {
    const { intake, backend, read } = await horizonOf({ rules: { maxMetrics: 3 } });
    const sink = intake.sink('carbon-tcp');
    for (const name of ['a', 'b', 'c']) sink.datapoint(name, now, 1);
    await intake.flush();
    await backend.series.remove(['a', 'b']);
    await until(async () => {
      sink.datapoint('d', now, 4);
      await intake.flush();
      return tally({ intake }, 'carbon-tcp').accepted > 3;
    }, 'room for d');
    sink.datapoint('c', now + 1, 2);
    sink.datapoint('e', now, 5);
    sink.datapoint('f', now, 6);
    await intake.flush();
    expect(await read('a', 'c', 'd', 'e', 'f')).toEqual([[], [[now, 1], [now + 1, 2]], [[now, 4]], [[now, 5]], []]);
  });
});

describe('a submission', () => {
  async function submit(intake: Intake, points: readonly [string, number, number][]): Promise<void> {
    const submission = intake.begin('json');
    for (const [metric, timestamp, value] of points) submission.datapoint(metric, timestamp, value);
    await submission.commit();
  }

  it('is readable when its commit resolves', async () => {
    const { intake, read } = await horizonOf({ flushMs: 60_000 });
    await submit(intake, [['a', now, 1], ['b', now, 2], ['a', now, 3]]);
    expect(await read('a', 'b')).toEqual([[[now, 3]], [[now, 2]]]);
    expect(tally({ intake }, 'json')).toMatchObject({ received: 3, accepted: 3 });
  });

  it('shares an append with those that come meanwhile', async () => {
    const store = switchable();
    const { intake } = await horizonOf({ between: store.between });
    const release = store.hold();
    const all = Promise.all(Array.from({ length: 50 }, (_, i) => submit(intake, [[`m${i}`, now, i]])));
    await until(() => store.appends() === 1, 'the first append');
    release();
    await all;
    expect(store.appends()).toBeLessThanOrEqual(3);
    expect(tally({ intake }, 'json')).toMatchObject({ received: 50, accepted: 50 });
  });

  it('tells which items were refused and why', async () => {
    const { intake } = await horizonOf({ rules: { skip: [(name) => name === 's'] } });
    const refused: [string, number][] = [];
    const submission = intake.begin('influx', (reason, index) => refused.push([reason, index]));
    submission.datapoint('a', now, 1);
    submission.datapoint('s', now, 1);
    submission.reject('not-numeric', 0, 4);
    submission.datapoint('b', now + 1e6, 1);
    submission.datapoint('b', now, 1);
    expect(submission.taken).toBe(2);
    await submission.commit();
    expect(refused).toEqual([['skipped', 1], ['not-numeric', 2], ['too-new', 3]]);
    expect(tally({ intake }, 'influx')).toMatchObject({ received: 5, accepted: 2, rejected: 3 });
  });

  it('rejects with the error of a store that is away, and counts a drop', async () => {
    const store = switchable();
    const { intake } = await horizonOf({ between: store.between });
    store.refuse(new SkylarkError('store-full'));
    await expect(submit(intake, [['a', now, 1]])).rejects.toMatchObject({ code: 'store-full' });
    expect(tally({ intake }, 'json')).toEqual({ received: 1, accepted: 0, rejected: 0, dropped: 1, reasons: { 'store-away': 1 } });
    store.refuse(null);
    await submit(intake, [['a', now, 1]]);
  });

  it('is refused whole when there is no room for all of it', async () => {
    const { intake, read } = await horizonOf({ maxBufferedDatapoints: 4000 });
    await expect(submit(intake, Array.from({ length: 5000 }, (_, i) => ['a', now - i, i]))).rejects.toMatchObject({ code: 'store-away' });
    expect(tally({ intake }, 'json')).toEqual({ received: 5000, accepted: 0, rejected: 0, dropped: 5000, reasons: { overload: 5000 } });
    expect([intake.paused, await read('a')]).toEqual([false, [[]]]);
  });

  it('leaves nothing behind when it is abandoned', async () => {
    const { intake, read } = await horizonOf();
    const submission = intake.begin('json');
    submission.datapoint('a', now, 1);
    submission.reject('syntax', 0, 1);
    submission.abandon('syntax');
    expect(tally({ intake }, 'json')).toEqual({ received: 1, accepted: 0, rejected: 1, dropped: 0, reasons: { syntax: 1 } });
    expect(await read('a')).toEqual([[]]);
  });
});

describe('a writer inside the process', () => {
  it('stores series and datapoints without counting as ingest, whatever the rules for senders say', async () => {
    const { intake, read } = await horizonOf({ rules: { maxMetrics: 1, maxAgeSeconds: 60, skip: [() => true] } });
    await intake.write([{ metric: 'demo.a', timestamps: Float64Array.of(now - 1e6, now), values: Float64Array.of(1, 2) }, { metric: 'skylark.b', timestamp: now, value: 3 }]);
    expect(await read('demo.a', 'skylark.b')).toEqual([[[now - 1e6, 1], [now, 2]], [[now, 3]]]);
    expect(intake.samples().filter(({ name, value }) => name.startsWith('skylark_ingest') && value > 0)).toEqual([]);
  });

  it.each([[{ metric: '', timestamp: now, value: 1 }], [{ metric: 'a\n', timestamp: now, value: 1 }], [{ metric: 'a', timestamp: 0, value: 1 }], [{ metric: 'a', timestamp: now, value: NaN }]])('is told of %j and nothing is stored', async (bad) => {
    const { intake, read } = await horizonOf();
    await expect((async () => intake.write([{ metric: 'good', timestamp: now, value: 1 }, bad]))()).rejects.toMatchObject({ code: 'bad-request' });
    expect(await read('good')).toEqual([[]]);
  });
});

describe('log lines of the intake', () => {
  it('come once a minute for a reason, not once for each item', async () => {
    const lines: LogFields[] = [];
    const { intake } = await horizonOf({ logger: { ...silentLogger, warn: (_event, fields) => lines.push(fields ?? {}) } });
    for (let i = 0; i < 10_000; i++) intake.sink('carbon-tcp').reject('syntax', i, 1);
    expect(lines.length).toBe(1);
  });
});
