import { noRemarks } from '@skylark/core';
import type { Anomaly, AnomalyEvent, AnomalyEventType } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.js';
import { createDistinctCounter } from './distinct-counter.js';
import { createImporterCounters } from './importer-counters.js';
import { holdingLease, leaseRenewal } from './lease-renewal.js';
import { outboxChanges } from './outbox-changes.js';
import { keepingSnapshot, shapeDocument } from './shape-document.js';

const start = 1_700_000_000;
const anomaly: Anomaly = {
  id: 'a1', metric: 'web.latency', kind: 'deviation', state: 'closed', start, end: start + 300, peak: start + 60, value: 9, score: 77, expected: null,
  votes: {}, detectors: [], explanation: '', lastFlagged: start + 300, updated: start + 300, ...noRemarks,
};

function wave(stepSeconds: number, from = start - 86_400, until = start + 301) {
  const timestamps = Float64Array.from({ length: Math.floor((until - from) / stepSeconds) }, (_, i) => from + i * stepSeconds);
  return { metric: 'web.latency', timestamps, values: timestamps.map((t) => Math.sin(t / 300)) };
}

describe('a document', () => {
  it('holds the span with an hour of context, its data, words and vector', () => {
    const document = shapeDocument(anomaly, wave(10), 3600);
    expect(document).toMatchObject({ id: 'a1', metric: 'web.latency', kind: 'deviation', score: 77, start, end: start + 300, from: start - 3600, until: start + 301 });
    expect(document.timestamps).toHaveLength(390);
    expect(document.values[5]).toBe(Math.sin(document.timestamps[5]! / 300));
    expect(document.fingerprint).toMatch(/^(sdec|dec|inc|sinc)( (sdec|dec|inc|sinc))*$/);
    expect(Math.hypot(...document.vector)).toBeCloseTo(1, 5);
  });

  it('of a dense window is resampled to a bounded size, ends included', () => {
    const document = shapeDocument(anomaly, wave(0.1, start - 3600), 3600);
    expect(document.timestamps).toHaveLength(4096);
    expect(document.timestamps[0]).toBe(start - 3600);
    expect(document.timestamps.at(-1)).toBeCloseTo(start + 300.9, 0);
  });

  it('without data has no shape and does no harm', () => {
    const document = shapeDocument(anomaly, wave(10, start, start), 3600);
    expect(document).toMatchObject({ fingerprint: '', from: start - 3600 });
    expect([...document.vector]).toEqual(Array(32).fill(0));
  });

  it('keeps the older snapshot where the store has forgotten its beginning', () => {
    const older = shapeDocument(anomaly, wave(10), 3600);
    const newer = shapeDocument({ ...anomaly, score: 90 }, wave(10, start - 600), 3600);
    expect(keepingSnapshot(newer, older)).toEqual({ ...older, score: 90 });
    expect(keepingSnapshot(older, newer)).toBe(older);
    expect(keepingSnapshot(newer, undefined)).toBe(newer);
    expect(keepingSnapshot(newer, { ...older, timestamps: new Float64Array(0) })).toBe(newer);
  });
});

describe('events', () => {
  const event = (type: AnomalyEventType, id: string, score: number): AnomalyEvent => ({ cursor: '', type, anomaly: { ...anomaly, id, score } });

  it('become one change for each anomaly, as the last one left it', () => {
    const { puts, removals } = outboxChanges([
      event('opened', 'a', 1), event('opened', 'b', 1), event('updated', 'a', 2), event('annotated', 'a', 3), event('removed', 'b', 1), event('annotated', 'c', 1),
      event('removed', 'd', 1), event('opened', 'd', 5),
    ]);
    expect(puts.map(({ id, score }) => [id, score])).toEqual([['a', 2], ['d', 5]]);
    expect(removals).toEqual(['b']);
  });
});

describe('counting what waits', () => {
  it('counts different texts, the same again not', () => {
    const counter = createDistinctCounter();
    expect(counter.count()).toBe(0);
    for (let round = 0; round < 3; round += 1) for (let i = 0; i < 1000; i += 1) counter.add(`anomaly-${i}`);
    expect(counter.count()).toBe(1000);
  });

  it('is right within half a percent at a million', () => {
    const counter = createDistinctCounter();
    for (let i = 0; i < 1_000_000; i += 1) counter.add(`${(i * 2_654_435_761) % 2 ** 32}-anomaly`);
    expect(Math.abs(counter.count() - 1_000_000)).toBeLessThan(5000);
  });
});

describe('a lease over long work', () => {
  it('is renewed now and then, and its loss ends the work', async () => {
    const clock = { now: () => 0, elapsedMs: () => time.ms, sleep: async () => undefined };
    const time = { ms: 0 };
    const held = { token: 4 };
    let renewals = 0;
    const renew = leaseRenewal({ fence: { lease: 'l', token: 4 }, everySeconds: 10, clock, acquire: async () => { renewals += 1; return { lease: 'l', token: held.token }; } });
    for (time.ms = 0; time.ms < 35_000; time.ms += 1000) await renew();
    expect(renewals).toBe(3);
    held.token = 5;
    time.ms += 10_000;
    await expect(renew()).rejects.toMatchObject({ code: 'stale-lease' });
  });
});

describe('work under a lease', () => {
  /** Sleeps end when the time is moved. */
  function movableTime() {
    const time = { ms: 0 };
    const sleeps = new Set<() => void>();
    const clock = {
      now: () => time.ms / 1000,
      elapsedMs: () => time.ms,
      sleep: (ms: number, signal?: AbortSignal) => new Promise<void>((resolve) => {
        const until = time.ms + ms;
        const look = (): void => {
          if (time.ms < until && signal?.aborted !== true) return;
          sleeps.delete(look);
          resolve();
        };
        sleeps.add(look);
        signal?.addEventListener('abort', look);
        look();
      }),
    };
    const pass = async (seconds: number): Promise<void> => {
      for (let i = 0; i < seconds; i += 1) {
        time.ms += 1000;
        for (const look of sleeps) look();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return { clock, pass, sleeping: () => sleeps.size };
  }

  it('renews it while one call of the work takes long, also after a failure, and no more once the work is done', async () => {
    const { clock, pass, sleeping } = movableTime();
    const renewedAt: number[] = [];
    const acquire = async () => {
      renewedAt.push(clock.now());
      if (renewedAt.length === 2) throw new Error('store away');
      return { lease: 'l', token: 4 };
    };
    let finish = (): void => {};
    const held = holdingLease({ fence: { lease: 'l', token: 4 }, everySeconds: 3, clock, acquire }, () => new Promise<void>((resolve) => (finish = resolve)));
    await pass(10);
    expect(renewedAt).toEqual([3, 6, 9]);
    finish();
    await held;
    expect(sleeping()).toBe(0);
    await pass(10);
    expect(renewedAt).toHaveLength(3);
  });

  it('leaves it to whoever has it by now', async () => {
    const { clock, pass } = movableTime();
    let asked = 0;
    const acquire = async () => ((asked += 1) === 1 ? null : { lease: 'l', token: 9 });
    const held = holdingLease({ fence: { lease: 'l', token: 4 }, everySeconds: 3, clock, acquire }, async (renew) => {
      await pass(20);
      expect(asked).toBe(1);
      await renew();
    });
    await expect(held).rejects.toMatchObject({ code: 'stale-lease' });
  });
});

describe('retries', () => {
  it('wait twice as long each time, up to a minute, less a part by chance', () => {
    expect([1, 2, 3, 8, 500].map((failures) => backoffMs(failures, () => 0))).toEqual([500, 1000, 2000, 60_000, 60_000]);
    expect(backoffMs(3, () => 1)).toBe(1000);
  });
});

describe('dead letters', () => {
  it('are counted by reason, and reasons without end become other', () => {
    const counters = createImporterCounters();
    counters.deadLetter('The block is damaged: timestamp 7 at 3');
    expect(counters.samples().at(-1)?.labels).toEqual({ reason: 'the-block-is-damaged' });
    for (let i = 0; i < 50; i += 1) counters.deadLetter(`reason-${i}`);
    const letters = counters.samples().filter(({ name }) => name === 'skylark_index_dead_letters_total');
    expect(letters).toHaveLength(21);
    expect(letters.find(({ labels }) => labels.reason === 'other')?.value).toBe(31);
  });
});
