import type { SearchAnswer } from '../../packages/core/src/search.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningProduct, startSkylark } from '../product.js';
import { testBrowser } from './browser.js';

interface Kept {
  readonly id: string;
  readonly title: string;
  readonly series: readonly { readonly metric: string; readonly values: readonly number[] }[];
  readonly comments: readonly { readonly text: string }[];
}

const browser = testBrowser();
afterAll(() => browser.close());

/** Markdown that would run, load or lead somewhere, were it let. */
const hostileNotes = [
  '<script>window.ran = 1</script>', '<img src=x onerror="window.ran = 2">', '[click](javascript:window.ran=3)', '![](x" onerror="window.ran=4)', '<svg onload="window.ran=5">', '[a](data:text/html,<script>window.ran=6</script>)',
  '<iframe srcdoc="<script>parent.ran=7</script>"></iframe>', '<a href="javascript:window.ran=8" onmouseover="window.ran=9">x</a>', '`<script>window.ran = 10</script>`', '<style>*{display:none}</style>', '[x]: javascript:window.ran=11\n[y][x]', '<math><mi xlink:href="javascript:window.ran=12">',
].join('\n\n');

describe('saved investigations', { timeout: 90_000 }, () => {
  let product: RunningProduct;
  const now = Math.floor(Date.now() / 1000);
  const wave = (i: number): number => 50 + 20 * Math.sin(i / 7) + 8 * Math.sin(i / 3);

  beforeAll(async () => {
    product = await startSkylark();
    const timestamps = Array.from({ length: 60 }, (_, i) => now - 3600 + 60 * i);
    await send('/datapoints', [{ metric: 'kept.wave', timestamps, values: timestamps.map((_, i) => wave(i)) }, { metric: 'other.noise', timestamps, values: timestamps.map((_, i) => (i * 7919) % 31) }]);
  }, 90_000);
  afterAll(() => product.stop());

  async function send<Answer>(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<Answer> {
    const response = await fetch(`${product.url}/api/v1${path}`, { method, ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }) });
    expect(response.status, path).toBe(200);
    return (await response.json()) as Answer;
  }

  it('survive kill -9, and come first in a later search, when the store has forgotten the data', async () => {
    const { id } = await send<Kept>('/collections', { title: 'The wave', metrics: ['kept.wave'], from: now - 3600, until: now, notes: 'It was DNS.' });
    await send(`/collections/${id}/comments`, { text: 'seen again' });
    await product.end('SIGKILL');
    product = await startSkylark({ folder: product.folder });
    const kept = await send<Kept>(`/collections/${id}`);
    expect(kept).toMatchObject({ title: 'The wave', comments: [{ text: 'seen again' }] });
    expect(kept.series[0]?.values).toHaveLength(60);
    await send('/metrics?query==kept.wave', undefined, 'DELETE');
    const { matches } = await send<SearchAnswer>('/search', { values: Array.from({ length: 60 }, (_, i) => 3 * wave(i)), limit: 3 });
    expect(matches[0]).toMatchObject({ source: 'collection', id, metric: 'kept.wave' });
    expect(matches[0]!.distance).toBeLessThan(0.5);
  });

  it('show hostile Markdown as text: nothing runs, nothing is loaded, nothing leads away', async (test) => {
    const { id } = await send<Kept>('/collections', { title: '<img src=x onerror="window.ran=0">', metrics: ['other.noise'], from: now - 3600, until: now, notes: hostileNotes });
    await send(`/collections/${id}/comments`, { text: '<script>window.ran = 20</script>' });
    const { page, problems } = await browser.open(test, `${product.url}/collections?id=${id}`);
    const requested: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    const notes = page.getByRole('region', { name: 'Notes' });
    await notes.waitFor({ timeout: 30_000 });
    for (const link of await notes.locator('a').all()) {
      expect(await link.getAttribute('href')).toMatch(/^$|^https?:/);
      await link.click({ trial: true }).catch(() => undefined);
    }
    expect(await page.locator('.markdown script, .markdown img, .markdown iframe, .markdown svg, .markdown style, .markdown [onerror], .markdown [onmouseover]').count()).toBe(0);
    expect(await page.evaluate(() => (globalThis as { ran?: number }).ran)).toBeUndefined();
    expect(requested.filter((url) => !url.startsWith(product.url))).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('are saved, renamed, noted, commented and deleted by hand', async (test) => {
    const { page } = await browser.open(test, `${product.url}/metric/other.noise`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/\/collections\?id=/);
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('textbox', { name: 'Title' }).fill('Noise at night');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('heading', { name: 'Noise at night' }).waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('textbox', { name: 'Notes, Markdown' }).fill('## Cause\n\nA **fan**.');
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.getByRole('heading', { name: 'Cause' }).waitFor();
    await page.getByRole('textbox', { name: 'Comment' }).fill('fixed it');
    await page.getByRole('button', { name: 'Comment' }).click();
    await page.getByText('fixed it').waitFor();
    await page.getByRole('link', { name: '← All saved investigations' }).click();
    await page.getByRole('searchbox', { name: 'Search saved investigations' }).fill('fan');
    await page.getByRole('link', { name: 'Noise at night' }).click();
    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL(/\/collections$/);
    await expect.poll(() => page.getByRole('link', { name: 'Noise at night' }).count()).toBe(0);
  });
});

describe('when people are called', { timeout: 120_000 }, () => {
  let product: RunningProduct;
  beforeAll(async () => {
    product = await startSkylark({ args: ['--demo'], environment: { SKYLARK_ANALYZER__INTERVAL: '2s' } });
  }, 90_000);
  afterAll(() => product.stop());

  it('is told by incidents, with who moved first, and one notification each', async (test) => {
    const { page, problems } = await browser.open(test, `${product.url}/incidents`);
    const incident = page.locator('li[data-incident]').first();
    await incident.waitFor({ timeout: 60_000 });
    expect(await incident.locator('li[data-anomaly]').count()).toBeGreaterThan(0);
    expect(await incident.locator('li[data-anomaly]').first().innerText()).toMatch(/first/);
    const notified = async (): Promise<string[]> => ((await (await fetch(`${product.url}/api/v1/notifications`)).json()) as { incident: string }[]).map((one) => one.incident);
    await expect.poll(async () => (await notified()).length, { timeout: 60_000 }).toBeGreaterThan(0);
    const told = await notified();
    expect(new Set(told).size).toBe(told.length);
    expect(problems).toEqual([]);
  });

  it('is changed by saying that something is normal, once it was shown what that would have silenced, and taken back', async (test) => {
    const { page, problems } = await browser.open(test, product.url);
    const row = page.locator('li[data-anomaly]').first();
    await row.waitFor({ timeout: 60_000 });
    await row.click();
    const detail = page.getByRole('article', { name: 'Selected anomaly' });
    await detail.getByRole('button', { name: 'This is normal' }).click();
    const tried = detail.getByRole('group', { name: 'What it would have silenced' });
    await detail.getByRole('button', { name: 'This one anomaly' }).click();
    await tried.getByText('1 anomaly').waitFor({ timeout: 20_000 });
    await tried.getByRole('button', { name: 'Apply' }).click();
    await page.goto(`${product.url}/settings`);
    const silence = page.locator('li[data-silence]');
    await silence.waitFor();
    await silence.getByRole('button', { name: 'Take back' }).click();
    await expect.poll(() => silence.count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('is bounded by a budget that shows what it would have meant', async (test) => {
    const { page, problems } = await browser.open(test, `${product.url}/settings`);
    const budget = page.getByRole('region', { name: 'Budget' });
    await budget.getByRole('spinbutton', { name: 'Notifications a day' }).fill('0');
    await budget.getByRole('row').nth(1).waitFor();
    await budget.getByRole('button', { name: 'Keep' }).click();
    await expect.poll(async () => ((await (await fetch(`${product.url}/api/v1/budget`)).json()) as { perDay: number | null }).perDay).toBe(0);
    expect(problems).toEqual([]);
  });
});
