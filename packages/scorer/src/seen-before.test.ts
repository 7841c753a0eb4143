import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprint, shapeVector } from '@skylark/algorithms';
import { silentLogger } from '@skylark/core';
import type { AnomalyFinding, Backend, Clock, ShapeDocument } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScorer, type Scorer } from './scorer.js';

const now = 1_700_000_000;
const clock: Clock = { now: () => now, elapsedMs: () => performance.now(), sleep: async () => undefined };
const opened = {} as { folder: string; backend: Backend; scorer: Scorer };

type Course = (secondsSinceStart: number) => number;
const noise = (at: number): number => Math.sin(at * 12.9898) * 0.4 + Math.sin(at * 78.233) * 0.4;
/** Up within three minutes, then swinging. */
const outage: Course = (since) => (since < 0 ? 0 : 10 * Math.min(1, since / 180) + 3 * Math.sin(since / 150));
const dip: Course = (since) => (since < 0 ? 0 : -10 + 4 * Math.cos(since / 90));
const spikeOnce: Course = (since) => (since >= 0 && since < 60 ? 10 : 0);

interface Past {
  readonly id: string;
  readonly course: Course;
  readonly lastsSeconds: number;
  readonly agoSeconds: number;
  readonly contextSeconds?: number;
}
const day = 86_400;
const past: Past[] = [
  { id: 'now', course: outage, lastsSeconds: 1500, agoSeconds: 1500 },
  { id: 'same-length', course: outage, lastsSeconds: 1500, agoSeconds: 3 * day },
  { id: 'sooner-over', course: outage, lastsSeconds: 840, agoSeconds: 5 * day },
  { id: 'longer', course: outage, lastsSeconds: 2700, agoSeconds: 8 * day },
  { id: 'hardly-begun', course: outage, lastsSeconds: 60, agoSeconds: 9 * day },
  { id: 'other', course: dip, lastsSeconds: 1500, agoSeconds: 6 * day },
  { id: 'spike', course: spikeOnce, lastsSeconds: 1500, agoSeconds: 7 * day },
  { id: 'later', course: outage, lastsSeconds: 1500, agoSeconds: 600 },
];

const startOf = ({ agoSeconds }: Past): number => now - agoSeconds;
function documentOf(one: Past): ShapeDocument {
  const [start, until] = [startOf(one), startOf(one) + one.lastsSeconds];
  const timestamps = Float64Array.from({ length: Math.floor((3600 + one.lastsSeconds) / 30) }, (_, i) => start - 3600 + 30 * i);
  const values = timestamps.map((at) => 100 + one.course(at - start) + noise(at));
  return { id: one.id, metric: `m.${one.id}`, kind: 'deviation', score: 80, start, end: until, from: start - 3600, until, timestamps, values, fingerprint: fingerprint(values), vector: shapeVector(timestamps, values) };
}
function findingOf(one: Past): AnomalyFinding {
  const start = startOf(one);
  return {
    id: one.id, metric: `m.${one.id}`, kind: 'deviation', state: 'closed', start, end: start + one.lastsSeconds, peak: start, value: 1, score: 80, expected: null, votes: {}, detectors: [], explanation: '',
    lastFlagged: start + one.lastsSeconds, updated: start + one.lastsSeconds,
  };
}

beforeAll(async () => {
  opened.folder = await mkdtemp(join(tmpdir(), 'skylark-seen-'));
  opened.backend = await openEmbedded({ folder: opened.folder, retentionSeconds: null, clock, logger: silentLogger, shards: 4 });
  await opened.backend.index.put(past.map(documentOf));
  await opened.backend.anomalies.record(past.map(findingOf));
  await opened.backend.anomalies.annotate('sooner-over', { feedback: 'real', note: 'It was DNS.' }, now);
  opened.scorer = createScorer({ ...opened.backend, log: opened.backend.anomalies, clock, logger: silentLogger });
});
afterAll(async () => {
  await opened.backend.close();
  await rm(opened.folder, { recursive: true });
});

describe('what was seen before', () => {
  it('is what looked like it when it began, however long it went on; never what came later, what hardly began, or what looked otherwise', async () => {
    const seen = await opened.scorer.seenBefore('now', 10);
    expect(seen.map(({ id }) => id).sort()).toEqual(['longer', 'same-length', 'sooner-over']);
    expect(seen.map(({ distance }) => distance)).toEqual(seen.map(({ distance }) => distance).sort((a, b) => a - b));
    expect(seen.find(({ id }) => id === 'sooner-over')).toMatchObject({ metric: 'm.sooner-over', feedback: 'real', note: 'It was DNS.' });
  });

  it('is held against it where both began: as wholes the two are farther apart', async () => {
    const seen = await opened.scorer.seenBefore('now', 10);
    const { matches } = await opened.scorer.search({ anomaly: 'now', scope: 'anomalies', limit: 10 });
    const wholes = matches.find(({ id }) => id === 'longer')!.distance;
    expect(wholes).toBeGreaterThan(1.5 * seen.find(({ id }) => id === 'longer')!.distance);
  });

  it('is at most as many as wanted, the nearest first', async () => {
    const [first] = await opened.scorer.seenBefore('now', 10);
    expect(await opened.scorer.seenBefore('now', 1)).toEqual([first]);
  });
});
