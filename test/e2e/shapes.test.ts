import type { SearchAnswer, SearchMatch } from '../../packages/core/src/search.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningProduct, runSkylark, startSkylark } from '../product.js';
import { testBrowser } from './browser.js';

interface Label {
  readonly metric: string;
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly group?: string;
  readonly lagSeconds?: number;
}

interface Seen {
  readonly metric: string;
  readonly feedback: string | null;
  readonly note: string | null;
}

const resolution = 60;
const jsonLines = <Line>(text: string): Line[] => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
const freshSeed = (): number => Math.floor(Math.random() * 1e9);
const browser = testBrowser();
afterAll(() => browser.close());

/** Three fresh seeds; the last one without the compiled kernels. */
describe.each([
  { seed: freshSeed(), simd: 'on' },
  { seed: freshSeed(), simd: 'on' },
  { seed: freshSeed(), simd: 'off' },
])('searching the seed data of seed $seed, SIMD $simd', ({ seed, simd }) => {
  let product: RunningProduct;
  let labels: Label[];
  let until: number;

  beforeAll(async () => {
    product = await startSkylark({ environment: { SKYLARK_ANALYZER__INTERVAL: '3s', ...(simd === 'off' ? { SKYLARK_SIMD: 'off' } : {}) } });
    const seeded = await runSkylark(['seed', '--seed', String(seed), '--carbon', product.addresses.carbon, '--url', product.url, '--json']);
    expect(seeded.status, seeded.stderr).toBe(0);
    labels = jsonLines<Label>(seeded.stdout);
    until = Math.max(...labels.map(({ end }) => end));
    await plant(group('group-before')[0]!);
  }, 150_000);
  afterAll(() => product.stop());

  const ask = async <Answer>(path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${product.url}/api/v1${path}`, body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    expect(response.status, path).toBe(200);
    return (await response.json()) as Answer;
  };
  /** What a metric did, each time with one difference: upside down, and one for each thing a search can disregard. */
  async function plant({ metric, start, end }: Label): Promise<void> {
    const { timestamps, values } = await ask<{ timestamps: number[]; values: number[] }>(`/series?metric=${encodeURIComponent(metric)}&from=${start - 3600}&until=${end + 1500}`);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    const write = (name: string, valueOf: (value: number, i: number) => number, timeOf = (timestamp: number): number => timestamp): Promise<unknown> =>
      ask('/datapoints', { metric: `planted.${name}`, timestamps: timestamps.map(timeOf), values: values.map(valueOf) });
    await write('mirror', (value) => 1000 - 3 * value);
    await write('taller', (value) => mean + 4 * (value - mean));
    await write('elsewhere', (value) => value + 40 * spread);
    await write('earlier', (value) => value, (timestamp) => timestamp - 6 * 3600);
    // Half as fast, about the middle of the incident.
    await write('slower', (value) => value, (timestamp) => Math.round((start + end) / 2 + 1.6 * (timestamp - (start + end) / 2)));
    await write('noisy', (value, i) => value + 3 * spread * (i % 2 === 0 ? 1 : -1));
  }
  const search = (body: object): Promise<SearchAnswer> => ask<SearchAnswer>('/search', { scope: 'live', limit: 10, ...body });
  const group = (name: string): Label[] => labels.filter((label) => label.group === name).sort((a, b) => a.lagSeconds! - b.lagSeconds!);
  const recall = (matches: readonly SearchMatch[], wanted: readonly Label[]): number => wanted.filter(({ metric }) => matches.some((match) => match.metric === metric)).length / wanted.length;

  it('finds the planted look-alikes of a group, each with its lag within one resolution', async () => {
    const [leader, ...followers] = group('group-before');
    const { matches } = await search({ metric: leader!.metric, from: leader!.start - 900, until: leader!.end + 600, maxLagSeconds: 300 });
    expect(recall(matches, followers)).toBeGreaterThanOrEqual(0.95);
    for (const { metric, lagSeconds } of followers) {
      const match = matches.find((one) => one.metric === metric)!;
      expect(Math.abs(match.lagSeconds! - lagSeconds!), metric).toBeLessThanOrEqual(resolution);
    }
  });

  it('finds the same shape anywhere in the day, with its region', async () => {
    const [leader, ...followers] = group('group-before');
    const { matches } = await search({ metric: leader!.metric, from: leader!.start - 900, until: leader!.end + 600, subsequence: true });
    expect(recall(matches, followers)).toBeGreaterThanOrEqual(0.95);
    for (const { metric, start } of followers) {
      const match = matches.find((one) => one.metric === metric)!;
      expect(Math.abs(match.from - (start - 900)), metric).toBeLessThanOrEqual(2 * resolution);
    }
  });

  it('finds the mirrored one only when asked', async () => {
    const [leader] = group('group-before');
    const window = { metric: leader!.metric, from: leader!.start - 900, until: leader!.end + 600 };
    const mirrored = (await search({ ...window, mirrored: true })).matches.find(({ metric }) => metric === 'planted.mirror');
    expect(mirrored).toMatchObject({ sign: -1 });
    expect((await search(window)).matches.map(({ metric }) => metric)).not.toContain('planted.mirror');
  });

  it.each<[string, string, string[], string[], number]>([
    ['height', 'taller', ['height', 'level'], ['level'], 10],
    ['level', 'elsewhere', ['level'], [], 10],
    ['when', 'earlier', ['height', 'level', 'when'], ['height', 'level'], 10],
    ['stretching', 'slower', ['height', 'level', 'stretching'], ['height', 'level'], 7],
    ['noise', 'noisy', ['height', 'level', 'noise'], ['height', 'level'], 10],
  ])('finds what differs by its %s when that is ignored, and not when it counts', async (_, name, withIt, without, limit) => {
    const [leader] = group('group-before');
    const distance = async (ignore: string[]): Promise<number> => {
      const { matches } = await search({ metric: leader!.metric, from: leader!.start - 900, until: leader!.end + 600, ignore, limit });
      return matches.find(({ metric }) => metric === `planted.${name}`)?.distance ?? Infinity;
    };
    const [withoutIt, ignored] = [await distance(without), await distance(withIt)];
    expect(ignored).toBeLessThan(Infinity);
    // What runs slower or is noisy may be among the few that are alike at all: then it is much farther.
    expect(withoutIt).toBeGreaterThan(['slower', 'noisy'].includes(name) ? 1.5 * ignored : Number.MAX_VALUE);
  });

  it('tells what changed in a window', async () => {
    const wanted = labels.filter(({ kind, end }) => end === until && kind === 'change');
    const { changes } = await ask<{ changes: { metric: string; statistic: number }[] }>(`/changes?from=${wanted[0]!.start}&until=${until}&limit=10`);
    expect(wanted.filter(({ metric }) => changes.some((one) => one.metric === metric)).length / wanted.length).toBeGreaterThanOrEqual(0.95);
    // By chance less than one of the ten would have been planted to last until the end.
    const planted = new Set(labels.filter(({ end, start }) => end === until && until - start < 3600).map(({ metric }) => metric));
    expect(changes.filter(({ metric }) => planted.has(metric)).length, JSON.stringify(changes)).toBeGreaterThanOrEqual(4);
    expect(changes.every(({ statistic }, i) => i === 0 || statistic <= changes[i - 1]!.statistic)).toBe(true);
  });

  it('tells of an anomaly what was seen before, in the API and to a person', async (test) => {
    const members = group('group-before');
    for (const { metric } of members) {
      const replayed = await runSkylark(['replay', `=${metric}`, '--url', product.url]);
      expect(replayed.status, replayed.stderr).toBe(0);
    }
    const last = members.at(-1)!;
    const anomaliesOf = async (metric: string): Promise<readonly { id: string }[]> =>
      (await ask<{ anomalies: { id: string }[] }>(`/anomalies?state=all&query=${encodeURIComponent(`=${metric}`)}&from=${last.start - 600}&until=${last.end}`)).anomalies;
    const [found] = await anomaliesOf(last.metric);
    expect(found).toBeDefined();
    const earlier = members.slice(0, -1).map(({ metric }) => metric);
    for (const { id } of (await Promise.all(earlier.map(anomaliesOf))).flat()) {
      await fetch(`${product.url}/api/v1/anomalies/${id}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ feedback: 'real', note: 'It was DNS.' }) });
    }
    const seen = async (id: string): Promise<readonly Seen[]> => (await ask<{ seenBefore: Seen[] }>(`/anomalies/${id}`)).seenBefore;
    const ofGroup = async (): Promise<Seen | undefined> => (await seen(found!.id)).find(({ metric }) => earlier.includes(metric));
    await expect.poll(ofGroup, { timeout: 20_000 }).toMatchObject({ feedback: 'real', note: 'It was DNS.' });
    if (simd === 'off') return;
    const { anomalies: open } = await ask<{ anomalies: { id: string }[] }>('/anomalies?state=open&limit=100');
    const told = (await Promise.all(open.map(async ({ id }) => ({ id, past: await seen(id) })))).find(({ past }) => past.length > 0);
    expect(told, 'an open anomaly that looks like an earlier one').toBeDefined();
    const { page, problems } = await browser.open(test, `${product.url}/?anomaly=${encodeURIComponent(told!.id)}`);
    await page.getByRole('region', { name: 'Seen before' }).locator(`li[data-metric="${told!.past[0]!.metric}"]`).first().waitFor({ timeout: 30_000 });
    expect(problems).toEqual([]);
  }, 120_000);

  if (simd === 'on') it('shows lag, mirror, the same shape elsewhere in the day and what changed to a person', async (test) => {
    const [leader, follower] = group('group-before');
    const window = `from=${Math.floor(leader!.start - 900)}&until=${Math.ceil(leader!.end + 600)}`;
    const { page, problems } = await browser.open(test, `${product.url}/similar?metric=${encodeURIComponent(leader!.metric)}&${window}&shift=300&scope=live&mirrored=1`);
    const card = page.getByRole('region', { name: 'Look-alikes' }).locator(`li[data-metric="${follower!.metric}"]`);
    await card.waitFor({ timeout: 30_000 });
    const mirror = page.getByRole('region', { name: 'Look-alikes' }).locator('li[data-metric="planted.mirror"]');
    await mirror.waitFor({ timeout: 30_000 });
    expect(await mirror.innerText()).toContain('the other way');
    await page.goto(`${product.url}/similar?metric=${encodeURIComponent(leader!.metric)}&${window}&shift=any&scope=live`);
    await page.getByRole('region', { name: 'Look-alikes' }).locator('li[data-metric="planted.earlier"]').waitFor({ timeout: 30_000 });
    const changed = labels.find(({ kind, end }) => kind === 'change' && end === until)!;
    await page.goto(`${product.url}/metric/${encodeURIComponent(leader!.metric)}?from=${changed.start}&until=${until}&changed=1`);
    await page.getByRole('region', { name: 'What changed' }).locator(`li[data-metric="${changed.metric}"]`).waitFor({ timeout: 30_000 });
    expect(problems).toEqual([]);
  }, 90_000);
});
