import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningProduct, startSkylark } from '../product.js';
import { testBrowser } from './browser.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const hostileNames = JSON.parse(readFileSync(new URL('../../packages/dashboard/dev/hostile-names.json', import.meta.url), 'utf8')) as string[];
const browser = testBrowser();
afterAll(() => browser.close());

/** A metric that was calm for hours and jumps in its last minutes, sent as any program would. */
async function sendSpikes(url: string, metrics: readonly string[]): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const timestamps = Array.from({ length: 300 }, (_, i) => now - (299 - i) * 60);
  const values = timestamps.map((_, i) => (i >= 297 ? 900 : 100 + ((i * 7919) % 13)));
  const body = metrics.map((metric) => JSON.stringify({ metric, timestamps, values })).join('\n');
  const response = await fetch(`${url}/api/v1/datapoints`, { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body });
  expect(await response.json()).toMatchObject({ accepted: metrics.length * timestamps.length, rejectedTotal: 0 });
}

const firstRow = (page: Page): ReturnType<Page['locator']> => page.locator('li[data-anomaly]').first();
const lookAlikes = (page: Page): ReturnType<Page['locator']> => page.getByRole('region', { name: 'Look-alikes' });

describe('the dashboard of a demo', { timeout: 90_000 }, () => {
  let product: RunningProduct;
  beforeAll(async () => {
    product = await startSkylark({ args: ['--demo'], environment: { SKYLARK_ANALYZER__INTERVAL: '2s' } });
  }, 90_000);
  afterAll(() => product.stop());

  it('shows flagged anomalies with severity as mark and word, the value against what was expected, and votes', async (test) => {
    const { page, problems } = await browser.open(test, product.url);
    await firstRow(page).waitFor({ timeout: 60_000 });
    await expect.poll(() => page.locator('li[data-anomaly]').count(), { timeout: 60_000 }).toBeGreaterThan(2);
    const metric = await firstRow(page).getAttribute('data-metric');
    expect(metric).toMatch(/^(demo|live)\./);
    const row = page.locator('li[data-anomaly]').filter({ has: page.locator('.vote-dots') }).first();
    expect(await row.innerText()).toMatch(/critical|major|minor|warning/i);
    expect(await row.locator('.severity-mark').count()).toBe(1);
    expect(await row.locator('canvas').getAttribute('aria-label')).toMatch(/expected|Stopped/);
    expect(await row.getByRole('img', { name: /^seen by (forecast|novelty|variation|flat line|rhythm|no part)/ }).count()).toBe(1);
    await row.click();
    const detail = page.getByRole('article', { name: 'Selected anomaly' });
    expect(await detail.getByRole('region', { name: 'Votes' }).locator('li').count()).toBe(5);
    expect(await detail.innerText()).toMatch(/ expected: .*; since \d{4}-\d\d-\d\d \d\d:\d\d UTC\./);
    expect(await detail.locator('.vote-why').first().innerText()).not.toBe('');
    await detail.locator('.u-over').waitFor();
    expect(problems).toEqual([]);
  });

  it('gives the look-alikes of an anomaly in one click, laid over it', async (test) => {
    const { page, problems } = await browser.open(test, product.url);
    await firstRow(page).waitFor({ timeout: 60_000 });
    await firstRow(page).getByRole('button', { name: 'Find look-alikes' }).click();
    const match = lookAlikes(page).locator('li[data-metric]').first();
    await match.waitFor({ timeout: 30_000 });
    expect(await match.locator('canvas').evaluate(paintedPixels)).toBeGreaterThan(200);
    expect(await match.innerText()).toMatch(/\d\.\d/);
    expect(await lookAlikes(page).locator('summary').innerText()).toMatch(/\d+ match.*points each/);
    await match.getByRole('link', { name: /^Search on from/ }).click();
    await page.waitForURL(/\/similar\?/);
    await lookAlikes(page).locator('li[data-metric]').first().waitFor({ timeout: 30_000 });
    expect(problems).toEqual([]);
  });

  it('shows an anomaly that opens while the page is open, and tells who listens', async (test) => {
    const { page } = await browser.open(test, product.url);
    await page.locator('[data-live="true"]').waitFor();
    const name = `live.${Date.now()}`;
    await sendSpikes(product.url, [name]);
    await page.locator(`li[data-metric="${name}"]`).waitFor({ state: 'attached', timeout: 60_000 });
    expect(await page.locator('p[role="status"]').innerText()).toMatch(/^New anomaly: /);
  });

  it('is walked with the keyboard alone', async (test) => {
    const { page } = await browser.open(test, product.url);
    await firstRow(page).waitFor({ timeout: 60_000 });
    await expect.poll(() => page.locator('li[data-anomaly]').count(), { timeout: 60_000 }).toBeGreaterThan(1);
    await page.keyboard.press('j');
    const walked = page.locator('li[data-anomaly]:has([aria-current="true"])');
    const metric = await walked.getAttribute('data-metric');
    expect(await page.evaluate(() => document.activeElement?.closest('[data-metric]')?.getAttribute('data-metric'))).toBe(metric);
    await page.keyboard.press('s');
    await lookAlikes(page).waitFor();
    await page.keyboard.press('Escape');
    await lookAlikes(page).waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/metric\//);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(metric);
  });

  it('keeps an acknowledgement over a reload', async (test) => {
    const { page } = await browser.open(test, product.url);
    await firstRow(page).waitFor({ timeout: 60_000 });
    await page.keyboard.press('j');
    const id = await page.locator('li[data-anomaly]:has([aria-current="true"])').getAttribute('data-anomaly');
    const answered = page.waitForResponse((response) => response.request().method() === 'PATCH' && response.ok());
    await page.keyboard.press('a');
    await answered;
    await page.goto(`${product.url}/?anomaly=${id}`);
    await page.getByRole('button', { name: 'Acknowledged', exact: true }).waitFor();
  });

  it('finds names from everywhere with the letters that matched, and offers names for one that is unknown', async (test) => {
    const { page } = await browser.open(test, product.url);
    await firstRow(page).waitFor({ timeout: 60_000 });
    const known = (await firstRow(page).getAttribute('data-metric')) ?? '';
    await page.keyboard.press('/');
    await page.keyboard.type(known.replace('demo.', ''));
    const option = page.getByRole('option').filter({ has: page.locator('mark') }).first();
    await option.waitFor();
    expect(await option.locator('mark').allInnerTexts()).not.toEqual([]);
    await expect.poll(() => option.getAttribute('data-metric')).toBe(known);
    await expect.poll(() => page.getByRole('listbox', { name: 'Names found' }).innerText()).toMatch(/fuzzy/);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname === `/metric/${encodeURIComponent(known)}`);
    await expect.poll(() => page.locator('.metric-caption').innerText()).toMatch(/of [\d,]+ points/);
    await page.goto(`${product.url}/metric/${encodeURIComponent(`${known}x`)}`);
    await page.getByText('Did you mean').waitFor();
    await page.getByRole('link', { name: known }).click();
    await page.locator('.u-over').waitFor();
  });

  it('zooms by dragging over the chart, and has the zoom in its address', async (test) => {
    const { page } = await browser.open(test, product.url);
    await firstRow(page).waitFor({ timeout: 60_000 });
    const metric = (await firstRow(page).getAttribute('data-metric')) ?? '';
    await page.goto(`${product.url}/metric/${encodeURIComponent(metric)}?from=now-24h`);
    const box = await page.locator('.u-over').boundingBox();
    if (!box) throw new Error('the chart has no place');
    await page.mouse.move(box.x + 200, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 420, box.y + 80, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/from=\d+&until=\d+/);
    await page.goBack();
    await page.waitForURL(/from=now-24h$/);
  });

  for (const colorScheme of ['dark', 'light'] as const) {
    it(`has no serious accessibility violation on any page (${colorScheme})`, async (test) => {
      const { page } = await browser.open(test, product.url, { colorScheme, reducedMotion: 'reduce', bypassCSP: true });
      await firstRow(page).waitFor({ timeout: 60_000 });
      const id = await firstRow(page).getAttribute('data-anomaly');
      const metric = encodeURIComponent((await firstRow(page).getAttribute('data-metric')) ?? '');
      for (const path of ['/', `/?anomaly=${id}&similar=1`, `/metric/${metric}`, `/similar?anomaly=${id}`, '/names?query=demo', '/metric/no.such.metric', '/similar']) {
        await page.goto(product.url + path);
        await page.locator('main h1').first().waitFor();
        await expect.poll(() => page.locator('.skeleton').count(), { timeout: 30_000 }).toBe(0);
        expect(await seriousViolations(page), path).toEqual([]);
      }
    });
  }

  it('is usable on a phone: nothing wider than the screen, detail over the list, look-alikes in reach', async (test) => {
    const { page } = await browser.open(test, product.url, { viewport: { width: 360, height: 740 } });
    await firstRow(page).waitFor({ timeout: 60_000 });
    expect(await page.getByRole('article', { name: 'Selected anomaly' }).count()).toBe(0);
    await firstRow(page).click();
    const detail = page.getByRole('article', { name: 'Selected anomaly' });
    await detail.getByRole('button', { name: 'Find look-alikes' }).click();
    await lookAlikes(page).locator('li[data-metric]').first().waitFor({ timeout: 30_000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await detail.getByRole('button', { name: 'All anomalies' }).click();
    await detail.waitFor({ state: 'detached' });
  });
});

describe('the dashboard and what the world does to it', { timeout: 120_000 }, () => {
  let product: RunningProduct;
  beforeAll(async () => {
    product = await startSkylark({ environment: { SKYLARK_ANALYZER__INTERVAL: '2s' } });
  }, 90_000);
  afterAll(() => product.stop());

  it('renders hostile names as text on every page: nothing runs, nothing is made of them', async (test) => {
    const names = Array.from({ length: 300 }, (_, i) => (i < hostileNames.length ? (hostileNames[i] as string) : `${hostileNames[i % hostileNames.length]}.${i}`));
    await sendSpikes(product.url, names);
    const { page, problems } = await browser.open(test, product.url);
    await firstRow(page).waitFor({ timeout: 60_000 });
    const [script = ''] = names;
    const visits = ['/?show=all', `/?name=${encodeURIComponent(script)}&similar=1`, '/names', `/names?query=${encodeURIComponent('window')}`, ...names.slice(0, hostileNames.length).flatMap((name) => [
      name === '.' || name === '..' ? `/?metric=${name}` : `/metric/${encodeURIComponent(name)}`,
      `/similar?metric=${encodeURIComponent(name)}`,
    ])];
    for (const path of visits) {
      await page.goto(product.url + path);
      await page.locator('main').waitFor();
      await expect.poll(() => page.locator('.skeleton').count(), { timeout: 20_000 }).toBe(0);
      expect(await page.evaluate(foreignNodes), path).toEqual([]);
    }
    await page.goto(`${product.url}/metric/${encodeURIComponent(script)}`);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(script);
    expect(problems).toEqual([]);
  }, 240_000);

  it('says what to do when nothing has been sent, takes demo data away in one click, and says when the server is gone', async (test) => {
    const demo = await startSkylark({ args: ['--demo'] });
    try {
      const { page } = await browser.open(test, demo.url);
      await page.getByRole('button', { name: 'Remove demo data' }).click();
      await page.getByText('Waiting for the first datapoint').waitFor({ timeout: 30_000 });
      await page.getByRole('region', { name: 'Demo data' }).waitFor({ state: 'detached', timeout: 30_000 });
      await demo.end();
      await page.getByRole('alert').filter({ hasText: /ago/ }).waitFor({ timeout: 30_000 });
    } finally {
      await demo.stop();
    }
  });
});

/** Nodes that can only have come from data, and the mark a script from data would leave. Runs in the page. */
function foreignNodes(): string[] {
  const own = 'script[src^="/theme.js"], script[src^="/assets/"]';
  const found = [...document.querySelectorAll('script, iframe, object, embed, math, style, base, form[action], img:not([src="/skylark.svg"]), a[href^="javascript:"], [onerror], [onload], [onmouseover]')].filter((node) => !node.matches(own));
  return [...found.map((node) => node.outerHTML.slice(0, 120)), ...('hacked' in globalThis ? ['a script ran'] : [])];
}

/** Pixels of a canvas that are not blank. Runs in the page. */
function paintedPixels(canvas: Element): number {
  if (!(canvas instanceof HTMLCanvasElement)) return 0;
  const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  let painted = 0;
  for (let i = 3; i < pixels.length; i += 4) if ((pixels[i] ?? 0) > 0) painted++;
  return painted;
}

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string }[] }[];
}

async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run());
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
}
