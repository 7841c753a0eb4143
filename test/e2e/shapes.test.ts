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
    await plantMirror(group('group-before')[0]!);
  }, 150_000);
  afterAll(() => product.stop());

  const ask = async <Answer>(path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${product.url}/api/v1${path}`, body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    expect(response.status, path).toBe(200);
    return (await response.json()) as Answer;
  };
  /** What a metric did, upside down. */
  async function plantMirror({ metric, start, end }: Label): Promise<void> {
    const { timestamps, values } = await ask<{ timestamps: number[]; values: number[] }>(`/series?metric=${encodeURIComponent(metric)}&from=${start - 7200}&until=${end + 7200}`);
    await ask('/datapoints', { metric: 'planted.mirror', timestamps, values: values.map((value) => 1000 - 3 * value) });
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

  it('tells what changed in a window', async () => {
    const wanted = labels.filter(({ kind, end }) => end === until && kind === 'change');
    const { changes } = await ask<{ changes: { metric: string; statistic: number }[] }>(`/changes?from=${until - 600}&until=${until}&limit=10`);
    expect(wanted.filter(({ metric }) => changes.some((one) => one.metric === metric)).length / wanted.length).toBeGreaterThanOrEqual(0.95);
    // Of what comes first hardly anything is there by chance: whatever was planted to last until the end changed too.
    const planted = new Set(labels.filter(({ end, start }) => end === until && until - start < 3600).map(({ metric }) => metric));
    expect(changes.filter(({ metric }) => planted.has(metric)).length).toBeGreaterThanOrEqual(6);
    expect(changes.every(({ statistic }, i) => i === 0 || statistic <= changes[i - 1]!.statistic)).toBe(true);
  });

  it('tells of an anomaly what was seen before', async () => {
    const members = group('group-before');
    for (const { metric } of members) {
      const replayed = await runSkylark(['replay', `=${metric}`, '--url', product.url]);
      expect(replayed.status, replayed.stderr).toBe(0);
    }
    const last = members.at(-1)!;
    const anomalyOf = async (metric: string): Promise<{ id: string; start: number } | undefined> => {
      const { anomalies } = await ask<{ anomalies: { id: string; start: number }[] }>(`/anomalies?state=all&query=${encodeURIComponent(`=${metric}`)}&from=${last.start - 600}&until=${last.end}`);
      return anomalies[0];
    };
    const found = await anomalyOf(last.metric);
    expect(found).toBeDefined();
    await fetch(`${product.url}/api/v1/anomalies/${(await anomalyOf(members[0]!.metric))!.id}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ feedback: 'real', note: 'It was DNS.' }) });
    const seen = (): Promise<{ seenBefore: { metric: string; feedback: string | null; note: string | null }[] }> => ask(`/anomalies/${found!.id}`);
    await expect.poll(async () => (await seen()).seenBefore.map(({ metric }) => metric), { timeout: 20_000 }).toContain(members[0]!.metric);
    expect((await seen()).seenBefore.find(({ metric }) => metric === members[0]!.metric)).toMatchObject({ feedback: 'real', note: 'It was DNS.' });
  }, 120_000);

  if (simd === 'on') it('shows lag, mirror, change and what was seen before to a person', async (test) => {
    const [leader, follower] = group('group-before');
    const window = `from=${Math.floor(leader!.start - 900)}&until=${Math.ceil(leader!.end + 600)}`;
    const { page, problems } = await browser.open(test, `${product.url}/similar?metric=${encodeURIComponent(leader!.metric)}&${window}&shift=300&scope=live&mirrored=1`);
    const card = page.getByRole('region', { name: 'Look-alikes' }).locator(`li[data-metric="${follower!.metric}"]`);
    await card.waitFor({ timeout: 30_000 });
    const mirror = page.getByRole('region', { name: 'Look-alikes' }).locator('li[data-metric="planted.mirror"]');
    await mirror.waitFor({ timeout: 30_000 });
    expect(await mirror.innerText()).toContain('the other way');
    const changed = labels.find(({ kind, end }) => kind === 'change' && end === until)!;
    await page.goto(`${product.url}/metric/${encodeURIComponent(leader!.metric)}?from=${until - 600}&until=${until}&changed=1`);
    await page.getByRole('region', { name: 'What changed' }).locator(`li[data-metric="${changed.metric}"]`).waitFor({ timeout: 30_000 });
    expect(problems).toEqual([]);
  }, 90_000);
});
