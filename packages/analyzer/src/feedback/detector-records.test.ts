import { describe, expect, it } from 'vitest';
import type { AnomalyFinding, Feedback } from '@skylark/core';
import { openTestStore } from '../../contract/store-for-tests.js';
import { detectorRecords } from './detector-records.js';

const finding = (id: string, votes: AnomalyFinding['votes'], start = 100): AnomalyFinding => ({
  id, metric: 'm', kind: 'deviation', state: 'closed', start, end: start + 10, peak: start, value: 1, score: 60, expected: null, votes, detectors: [], explanation: '', lastFlagged: start, updated: start,
});

describe('what people said of a detector', () => {
  it('is counted for each anomaly it voted for, and for no other', async () => {
    await using store = await openTestStore();
    const log = store.backend.anomalies;
    const all: [string, AnomalyFinding['votes'], Feedback | null][] = [
      ['1', { a: true, b: true }, 'real'], ['2', { a: true, b: false }, 'false-alarm'], ['3', { a: true, b: null }, null], ['4', { a: false, b: true }, 'expected'], ['5', {}, 'real'],
    ];
    await log.record(all.map(([id, votes]) => finding(id, votes)));
    for (const [id, , feedback] of all) if (feedback) await log.annotate(id, { feedback }, 200);
    expect(await detectorRecords(log)).toEqual([
      { detector: 'a', votes: 3, real: 1, falseAlarms: 1, expected: 0, unanswered: 1 },
      { detector: 'b', votes: 2, real: 1, falseAlarms: 0, expected: 1, unanswered: 0 },
    ]);
  });

  it('may be that of a window, and goes over every page of the log', async () => {
    await using store = await openTestStore();
    const log = store.backend.anomalies;
    await log.record(Array.from({ length: 2300 }, (_, i) => finding(String(i).padStart(5, '0'), { a: true }, i < 2200 ? 100 : 10_000)));
    expect((await detectorRecords(log))[0]).toMatchObject({ votes: 2300, unanswered: 2300 });
    expect((await detectorRecords(log, { from: 5000 }))[0]).toMatchObject({ votes: 100 });
    expect(await detectorRecords(log, { from: 50_000, until: 60_000 })).toEqual([]);
  });
});
