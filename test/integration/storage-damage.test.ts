import { spawn } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { verifyFolder } from '@skylark/storage/embedded';
import { describe, expect, it } from 'vitest';
import { append, maintainAll, type Point } from '../../packages/storage/contract/backend-under-test.js';
import { findingOf } from '../../packages/storage/contract/anomaly-log-contract.js';
import { folders, generator, openStore } from './storage-fixture.js';

/** The soak does two thousand. */
const flips = process.env['SKYLARK_SOAK'] === '1' ? 2000 : 100;
const pageBytes = 4096;
const script = fileURLToPath(new URL('storage-damage.mjs', import.meta.url));
const base = 470_000 * 3600;

interface Damage {
  readonly kind?: 'flip' | 'zero' | 'truncate';
  readonly file?: string;
  readonly at?: number;
  readonly bit?: number;
  readonly length?: number;
  /** Opened a second time, to see that the first mended it. */
  readonly again?: boolean;
}

interface Contents {
  readonly series: Record<string, Record<string, number>>;
  readonly anomalies: [string, number][];
  readonly events: number;
  readonly state: [string, unknown][];
  readonly fresh: number;
  readonly healthy: boolean;
}

interface Outcome {
  readonly i: number;
  readonly found?: Contents;
  readonly refused?: string;
  readonly died?: string;
  readonly unhandled: number;
  readonly againHealthy?: boolean;
  readonly againSame?: boolean;
}

async function makeOriginal(folder: string): Promise<void> {
  const { backend } = await openStore(folder);
  const points = (hour: number, from: number, count: number): Point[] => Array.from({ length: 40 }, (_, m) => Array.from({ length: count }, (__, i): Point => [`metric.${m}`, base + hour * 3600 + (from + i) * 10, m * 100 + i / 4])).flat();
  for (let hour = 0; hour < 6; hour += 1) await append(backend.series, points(hour, 0, 120));
  await maintainAll(backend.series, Date.now() / 1000 + 86_400);
  await append(backend.series, points(5, 100, 60));
  await backend.series.remove(['metric.39']);
  for (let i = 0; i < 20; i += 1) {
    await backend.anomalies.record([findingOf({ id: `a-${i}`, score: i })]);
    await backend.state.set(`key/${i}`, { i }, 0);
  }
  await backend.close();
}

/** Tries all damages, telling of each outcome; a process that dies is noted and replaced. */
async function tryAll(original: string, scratch: string, damages: readonly Damage[], tell: (outcome: Outcome) => void): Promise<void> {
  const list = `${scratch}.json`;
  writeFileSync(list, JSON.stringify(damages));
  let done = 0;
  while (done < damages.length) {
    const child = spawn(process.execPath, [script, original, scratch, list, String(done)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const exited = new Promise<string>((resolve) => child.once('close', (code, signal) => resolve(`${signal ?? code} ${errors.slice(-300)}`)));
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as { trying?: number } & Outcome;
      if (said.trying !== undefined) continue;
      tell(said);
      done += 1;
    }
    const how = await exited;
    if (done < damages.length) tell({ i: done++, died: how, unhandled: 0 });
  }
}

interface Judgement {
  readonly invented: string[];
  readonly missing: number;
}

type Judged = Judgement & Omit<Outcome, 'found'> & { readonly healthy: boolean; readonly fresh: number | null; readonly where: string };

/** What the last append overwrote: true once, and what is left when that append's record is lost. */
function overwritten(metric: string, at: number): number {
  const offset = at - base - 5 * 3600;
  return offset >= 1000 && offset < 1200 ? Number(metric.slice('metric.'.length)) * 100 + offset / 40 : NaN;
}

/** Everything found must have been there; what is missing is counted, and so is what is no longer the last written. */
function compare(found: Contents, original: Contents): Judgement {
  const invented: string[] = [];
  let missing = original.events - found.events;
  for (const [metric, points] of Object.entries(found.series)) {
    for (const [at, value] of Object.entries(points)) {
      const wanted = original.series[metric]?.[at];
      if (wanted !== value && wanted !== undefined && value === overwritten(metric, Number(at))) missing += 1;
      else if (wanted !== value) invented.push(`${metric} ${at} ${value}`);
    }
  }
  for (const [metric, points] of Object.entries(original.series)) missing += Object.keys(points).filter((at) => !(at in (found.series[metric] ?? {}))).length;
  for (const kind of ['anomalies', 'state'] as const) {
    const [before, now] = [original[kind], found[kind]].map((list) => new Set(list.map((one) => JSON.stringify(one)))) as [Set<string>, Set<string>];
    invented.push(...[...now].filter((one) => !before.has(one)));
    missing += [...before].filter((one) => !now.has(one)).length;
  }
  return { invented, missing };
}

describe('a damaged data file', () => {
  const freshFolder = folders();

  const judge = async (damagesOf: (size: number, random: () => number) => Damage[]): Promise<{ judged: Judged[]; points: number }> => {
    const seed = Date.now() % 2 ** 31;
    const folder = freshFolder();
    await makeOriginal(folder);
    const damages: Damage[] = [{}, ...damagesOf(statSync(join(folder, 'data.mdb')).size, generator(seed))];
    const judged: Judged[] = [];
    let original: Contents | undefined;
    await tryAll(folder, join(freshFolder(), 'copy'), damages, ({ found, ...outcome }) => {
      original ??= found!;
      const judgement = found ? compare(found, original) : { invented: [], missing: 0 };
      judged.push({ ...outcome, ...judgement, healthy: found?.healthy ?? false, fresh: found?.fresh ?? null, where: `seed ${seed}, ${JSON.stringify(damages[outcome.i])}` });
    });
    expect(judged.shift()).toMatchObject({ healthy: true, missing: 0 });
    return { judged, points: Object.values(original!.series).reduce((sum, points) => sum + Object.keys(points).length, 0) };
  };

  const expectHonest = (judged: readonly Judged[]): void => {
    for (const { died, refused, invented, unhandled, fresh, missing, healthy, where } of judged) {
      expect(died ?? refused, where).toBeUndefined();
      expect(invented.slice(0, 5), where).toEqual([]);
      expect(unhandled, where).toBe(0);
      expect(fresh, where).toBe(42);
      if (missing > 0) expect(healthy, `${where}: ${missing} missing, and health says nothing`).toBe(false);
    }
  };

  it('by one flipped bit anywhere: what is damaged is set aside and told, nothing false is served, and the rest is', { timeout: 1_800_000 }, async () => {
    const { judged, points } = await judge((size, random) => Array.from({ length: flips }, (_, i): Damage => ({
      kind: 'flip', bit: Math.floor(random() * 8), again: i % 5 === 0,
      // A quarter aims at the headers of pages, where it hurts most.
      at: i % 4 === 0 ? Math.floor(random() * (size / pageBytes)) * pageBytes + Math.floor(random() * 32) : i % 16 === 1 ? Math.floor(random() * 2) * pageBytes + 24 + Math.floor(random() * 136) : Math.floor(random() * size),
    })));
    expectHonest(judged);
    expect(judged.filter(({ missing }) => missing > 0).length).toBeGreaterThan(0);
    for (const { missing, where } of judged) expect(missing, `${where}: of ${points}`).toBeLessThan(points * 0.2);
    for (const { againHealthy, againSame, where } of judged) {
      if (againHealthy !== undefined) expect([againHealthy, againSame], where).toEqual([true, true]);
    }
  });

  it('by a page of zeroes, any page', { timeout: 600_000 }, async () => {
    const { judged } = await judge((size, random) => Array.from({ length: 40 }, (_, i): Damage => ({ kind: 'zero', at: (i < 4 ? i : Math.floor(random() * (size / pageBytes))) * pageBytes, length: pageBytes, again: i % 5 === 0 })));
    expectHonest(judged);
  });

  it('by truncation, anywhere', { timeout: 600_000 }, async () => {
    const { judged } = await judge((size, random) => Array.from({ length: 25 }, (_, i): Damage => ({ kind: 'truncate', at: i === 0 ? pageBytes : Math.floor((0.05 + 0.95 * random()) * size), again: i % 5 === 0 })));
    expectHonest(judged);
  });

  it('in its format file, which is kept twice', { timeout: 60_000 }, async () => {
    const { judged } = await judge(() => [...Array.from({ length: 10 }, (_, i): Damage => ({ kind: 'flip', file: 'format.json', at: i * 4, bit: i % 7 })), { kind: 'truncate', file: 'format.json', at: 0 }]);
    expectHonest(judged);
    expect(judged.every(({ missing }) => missing === 0)).toBe(true);
  });

  it('is what verifyFolder tells of, and it writes nothing', { timeout: 60_000 }, async () => {
    const folder = freshFolder();
    await makeOriginal(folder);
    const whole = await verifyFolder(folder);
    expect(whole).toMatchObject({ ok: true, damagedRecords: 0, problems: [], format: 1, shards: 8 });
    expect(whole.records).toBeGreaterThan(300);
  });
});
