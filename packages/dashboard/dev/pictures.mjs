// Pictures of every page, to look at: node packages/dashboard/dev/pictures.mjs FOLDER [--url URL] [--only NAME] [--open N] [--browser FILE]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { startFakeServer } from './fake-server.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { url: { type: 'string' }, only: { type: 'string' }, open: { type: 'string', default: '12' }, hostile: { type: 'boolean', default: false }, empty: { type: 'boolean', default: false }, widths: { type: 'string', default: '1440,1024,360' }, schemes: { type: 'string', default: 'dark,light' }, browser: { type: 'string', default: '/usr/bin/chromium' } } });
const folder = positionals[0] ?? 'pictures';
mkdirSync(folder, { recursive: true });
const fake = values.url ? null : await startFakeServer({ open: Number(values.open), hostile: values.hostile, empty: values.empty });
const url = values.url ?? fake.url;
const browser = await chromium.launch({ executablePath: values.browser, args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const problems = new Set();

for (const width of values.widths.split(',').map(Number)) {
  for (const scheme of values.schemes.split(',')) {
    const page = await browser.newPage({ viewport: { width, height: width < 500 ? 740 : 900 }, colorScheme: scheme });
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.add(message.text()));
    page.on('pageerror', (error) => problems.add(error.stack ?? error.message));
    await page.goto(url);
    await page.locator('[data-anomaly], .notice').first().waitFor();
    const metric = await page.locator('[data-metric]').first().getAttribute('data-metric', { timeout: 1000 }).catch(() => 'none');
    const anomaly = await page.locator('[data-anomaly]').first().getAttribute('data-anomaly', { timeout: 1000 }).catch(() => 'none');
    const pages = {
      now: '/', detail: `/?anomaly=${anomaly}`, similar: `/?anomaly=${anomaly}&similar=1`, metric: `/metric/${encodeURIComponent(metric)}`, day: `/metric/${encodeURIComponent(metric)}?from=now-24h`,
      search: `/similar?anomaly=${anomaly}`, names: '/names?query=check', incidents: '/incidents', settings: '/settings', unknown: '/metric/no.such.metric', help: '/',
    };
    for (const [name, path] of Object.entries(pages)) {
      if (values.only && !values.only.split(',').includes(name)) continue;
      await page.goto(url + path);
      await page.waitForTimeout(700);
      if (name === 'help') await page.keyboard.press('?');
      await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`) });
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wider > 0) problems.add(`${name} at ${width}: ${wider} px wider than the screen`);
    }
    await page.close();
  }
}
await browser.close();
await fake?.stop();
for (const problem of problems) console.log(problem);
