import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { planSeed } from '../../packages/skylark/src/seed/seed-series.js';
import { type RunningProduct, runSkylark, startSkylark } from '../product.js';
import { testBrowser } from './browser.js';

const minute = 60;
const hour = 3600;
const day = 86_400;
const base = mkdtempSync(join(tmpdir(), 'skylark-trust-'));
const browser = testBrowser();
afterAll(async () => {
  await browser.close();
  rmSync(base, { recursive: true, force: true });
});

interface ListedAnomaly {
  readonly id: string;
  readonly metric: string;
  readonly score: number;
  readonly explanation: string;
  readonly silencedBy?: string;
}
interface ListedIncident {
  readonly id: string;
  readonly leader: string;
  readonly anomalies: readonly ListedAnomaly[];
  readonly related: readonly { readonly metric: string; readonly distance: number }[];
}
interface Label {
  readonly metric: string;
  readonly kind: string;
  readonly group?: string;
  readonly lagSeconds: number;
}
interface Call {
  readonly key: string;
  readonly body: { readonly leader: string; readonly anomalies: readonly string[]; readonly text: string };
}

/** A target as somebody would run one: keeps every call, answers 204. */
async function webhookServer(): Promise<{ calls: Call[]; environment: Record<string, string>; close: () => void }> {
  const calls: Call[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      calls.push({ key: String(request.headers['idempotency-key']), body: JSON.parse(text) as Call['body'] });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = { SKYLARK_NOTIFICATIONS__TARGETS: JSON.stringify([`http://${address}/hook`]), SKYLARK_NOTIFICATIONS__ALLOW_ADDRESSES: JSON.stringify([address]), SKYLARK_ANALYZER__INTERVAL: '5s' };
  return { calls, environment, close: () => server.close() };
}

async function ask<Answer>(url: string, path: string, method = 'GET', body?: unknown): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }) });
  const text = await response.text();
  expect(response.status, `${method} ${path}: ${text}`).toBe(200);
  return JSON.parse(text) as Answer;
}

/** Longer than the notifier waits between two looks. */
const twoLooksMs = 12_000;

describe('the seed data of a fresh seed', { timeout: 120_000 }, () => {
  const seed = Math.floor(Date.now() / 1000) % 1_000_000;
  let hooks: Awaited<ReturnType<typeof webhookServer>>;
  let product: RunningProduct;
  let members: string[] = [];
  let faint = '';
  beforeAll(async () => {
    hooks = await webhookServer();
    product = await startSkylark({ environment: hooks.environment });
    const seeded = await runSkylark(['seed', '--seed', String(seed), '--carbon', product.addresses.carbon, '--url', product.url, '--json']);
    expect(seeded.status, seeded.stderr).toBe(0);
    const labels = seeded.stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Label);
    members = labels.filter(({ group }) => group === 'group-now').sort((a, b) => a.lagSeconds - b.lagSeconds).map(({ metric }) => metric);
    faint = planSeed({ metrics: 100, hours: 24, seed, until: 0, resolutionSeconds: 60 }).find(({ incidents }) => incidents.some((one) => one.faint))!.model.metric;
  }, 150_000);
  afterAll(async () => {
    await product.stop();
    hooks.close();
  });

  /** The incident of the planted group, once all its members were found. */
  async function planted(): Promise<ListedIncident> {
    let found: ListedIncident | undefined;
    const metricsOf = ({ anomalies }: ListedIncident): string[] => anomalies.map(({ metric }) => metric);
    await expect.poll(async () => {
      found = (await ask<ListedIncident[]>(product.url, '/api/v1/incidents')).find((incident) => metricsOf(incident).includes(members[0]!));
      return found ? metricsOf(found) : [];
    }, { timeout: 60_000, interval: 1000, message: `seed ${seed}` }).toEqual(expect.arrayContaining(members));
    // A metric that is odd by chance may begin with them; more than one would be no chance.
    expect(found!.anomalies.length).toBeLessThanOrEqual(members.length + 1);
    return found!;
  }

  it('has a planted leader and its followers in one incident, the leader first, with the look-alike that was not flagged', async () => {
    const incident = await planted();
    expect(incident.leader).toBe(members[0]);
    expect(incident.anomalies[0]?.metric).toBe(members[0]);
    await expect.poll(async () => (await planted()).related.map(({ metric }) => metric), { timeout: 30_000, message: `seed ${seed}` }).toContain(faint);
    const all = await ask<{ anomalies: ListedAnomaly[] }>(product.url, `/api/v1/anomalies?state=all&query=${encodeURIComponent(`=${faint}`)}`);
    expect(all.anomalies).toEqual([]);
  });

  it('calls once for it', async () => {
    const { anomalies } = await planted();
    const ofIt = (): Call[] => hooks.calls.filter(({ body }) => anomalies.some((anomaly) => body.anomalies.includes(anomaly.id)));
    await expect.poll(() => ofIt().length, { timeout: 30_000 }).toBe(1);
    await sleep(twoLooksMs);
    expect(ofIt()).toHaveLength(1);
    // While a day of everything is caught up with, followers may be found before their leader.
    expect(members).toContain(ofIt()[0]?.body.leader);
    expect(ofIt()[0]?.body.text).toMatch(/ expected: .*; since \d{4}-\d\d-\d\d \d\d:\d\d UTC\./);
    expect(new Set(hooks.calls.map(({ key }) => key)).size).toBe(hooks.calls.length);
  });

  it('says in one sentence what came, what was expected, why that is odd, how rare, and since when', async () => {
    for (const { metric, explanation } of (await planted()).anomalies) {
      if (!members.includes(metric)) continue;
      expect(explanation).toMatch(/^[\d.]+, [\d.]+ to [\d.]+ expected: (above|below) every forecast.*; (the oddest (in \d+ days|of \d+ datapoints)|odder \d+ (min|h|days) ago); since \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/);
    }
  });

  it('shows the incident on its page: who moved first, who followed, and who moved alike', async (test) => {
    const { id, anomalies } = await planted();
    const { page, problems } = await browser.open(test, `${product.url}/incidents`);
    const card = page.locator(`[data-incident="${id}"]`);
    await card.waitFor({ timeout: 30_000 });
    expect(await card.locator('header').textContent()).toContain(members[0]);
    expect(await card.locator('header').textContent()).toMatch(/moved first, [34] anomalies followed/);
    expect(await card.locator('li[data-anomaly]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-metric')))).toEqual(anomalies.map(({ metric }) => metric));
    await card.locator(`[data-metric="${faint}"]`).waitFor({ timeout: 30_000 });
    expect(await card.innerText()).toContain('not flagged');
    await card.locator('li[data-anomaly] a').first().click();
    const detail = page.getByRole('article', { name: 'Selected anomaly' });
    await detail.waitFor();
    expect(await detail.innerText()).toContain(anomalies[0]!.explanation);
    expect(problems).toEqual([]);
  });

  it('takes "this is normal" in the API: first what it would have silenced, real ones included, then applied, listed and undone', async () => {
    const { anomalies: [leader] } = await planted();
    if (!leader) throw new Error('no leader');
    const wouldSilence = (silence: object): Promise<{ wouldSilence: ListedAnomaly[]; real: ListedAnomaly[] }> => ask(product.url, '/api/v1/silences', 'POST', { ...silence, dryRun: true });
    const shape = { kind: 'shape', anomaly: leader.id, match: 'seed.*', reason: 'they always do' };
    const before = await wouldSilence(shape);
    expect(before.wouldSilence.map(({ id }) => id)).toContain(leader.id);
    expect(before.real).toEqual([]);
    const follower = before.wouldSilence.find(({ id, metric }) => id !== leader.id && members.includes(metric));
    if (!follower) throw new Error(`no follower looks like its leader, seed ${seed}`);
    await ask(product.url, `/api/v1/anomalies/${follower.id}`, 'PATCH', { feedback: 'real' });
    const preview = await wouldSilence(shape);
    expect(preview.wouldSilence).toHaveLength(before.wouldSilence.length);
    expect(preview.real.map(({ id }) => id)).toEqual([follower.id]);
    expect(await ask(product.url, '/api/v1/silences')).toEqual([]);

    const one = await ask<{ id: string }>(product.url, '/api/v1/silences', 'POST', { kind: 'anomaly', anomaly: follower.id });
    expect((await ask<ListedAnomaly>(product.url, `/api/v1/anomalies/${follower.id}`)).silencedBy).toBe(one.id);
    expect(await ask<{ id: string }[]>(product.url, '/api/v1/silences')).toMatchObject([{ id: one.id, kind: 'anomaly' }]);
    expect(await ask(product.url, `/api/v1/silences/${one.id}`, 'DELETE')).toEqual({ deleted: true });
    expect(await ask(product.url, '/api/v1/silences')).toEqual([]);
    expect((await ask<ListedAnomaly>(product.url, `/api/v1/anomalies/${follower.id}`)).silencedBy).toBeUndefined();

    const weekly = { kind: 'weekly', match: 'seed.*', days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '00:00', zone: 'UTC' };
    const week = await wouldSilence(weekly);
    expect(week.wouldSilence.length).toBeGreaterThanOrEqual(preview.wouldSilence.length);
    expect(week.real.map(({ id }) => id)).toEqual([follower.id]);
    await ask(product.url, `/api/v1/anomalies/${follower.id}`, 'PATCH', { feedback: null });
  });

  it('takes "this is normal" on the page: counted, applied, listed, undone', async (test) => {
    const { anomalies } = await planted();
    const last = anomalies.at(-1)!;
    const { page, problems } = await browser.open(test, `${product.url}/?anomaly=${encodeURIComponent(last.id)}&show=all`);
    const detail = page.getByRole('article', { name: 'Selected anomaly' });
    await detail.getByRole('button', { name: 'This is normal' }).click();
    const preview = detail.getByRole('group', { name: 'What it would have silenced' });
    await preview.waitFor();
    expect(await preview.innerText()).toMatch(/it would have silenced [1-9]\d* anomal(y|ies), none of them said to be real/);
    expect(await preview.locator(`[data-anomaly="${last.id}"]`).count()).toBe(1);
    await preview.getByRole('button', { name: 'Apply' }).click();
    await preview.waitFor({ state: 'detached' });
    await page.goto(`${product.url}/settings`);
    const entry = page.getByRole('region', { name: 'Silences' }).locator('[data-silence]');
    await entry.waitFor();
    expect(await entry.innerText()).toContain(last.metric);
    await entry.getByRole('button', { name: 'Take back' }).click();
    await entry.waitFor({ state: 'detached' });
    expect(await ask(product.url, '/api/v1/silences')).toEqual([]);
    expect(problems).toEqual([]);
  });
});

describe('a budget of three notifications a day', { timeout: 180_000 }, () => {
  const groups = ['pay', 'web', 'db', 'mail', 'auth', 'search', 'queue'];
  let hooks: Awaited<ReturnType<typeof webhookServer>>;
  let product: RunningProduct;
  const folder = join(base, 'budget');
  beforeAll(async () => {
    hooks = await webhookServer();
    product = await startSkylark({ folder, environment: hooks.environment });
    expect(await ask(product.url, '/api/v1/budget', 'PUT', { perDay: 3 })).toMatchObject({ perDay: 3 });
    await sendJumps(groups.flatMap((group) => [`${group}.node-1.latency`, `${group}.node-2.latency`]), (i) => 2 + 4 * Math.floor(i / 2));
    await vi.waitFor(async () => expect(await history()).toHaveLength(groups.length), { timeout: 60_000, interval: 500 });
  }, 180_000);
  afterAll(async () => {
    await product.stop();
    hooks.close();
  });

  const history = (): Promise<{ leader: string; result: string }[]> => ask(product.url, '/api/v1/notifications');

  /** A day of noise every minute that ends in a jump, a different time ago for each. */
  async function sendJumps(names: readonly string[], minutesAgo: (i: number) => number): Promise<void> {
    const now = Math.floor(Date.now() / 1000 / minute) * minute;
    const lines = names.map((metric, i) => {
      const timestamps = Array.from({ length: 1440 }, (_, k) => now - (1440 - k) * minute);
      const values = timestamps.map((at, k) => Math.round(1000 * (100 + ((((k + 31 * i) * 7919) % 101) - 50) / 25 + (at >= now - minutesAgo(i) * minute ? 60 : 0))) / 1000);
      return JSON.stringify({ metric, timestamps, values });
    });
    const answer = (await (await fetch(`${product.url}/api/v1/datapoints`, { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body: lines.join('\n') })).json()) as { rejectedTotal: number };
    expect(answer.rejectedTotal).toBe(0);
  }

  it('lets three of seven incidents of seven groups leave, says what it withheld, and keeps its word after a restart', async () => {
    expect(new Set((await history()).map(({ leader }) => leader.split('.', 1)[0]))).toEqual(new Set(groups));
    expect((await history()).filter(({ result }) => result === 'sent')).toHaveLength(3);
    expect(hooks.calls).toHaveLength(3);

    await product.end();
    product = await startSkylark({ folder, environment: hooks.environment });
    expect((await ask<{ anomalies: readonly object[] }>(product.url, '/api/v1/anomalies?state=all')).anomalies.length).toBeGreaterThanOrEqual(2 * groups.length);
    await sleep(twoLooksMs);
    expect((await history()).filter(({ result }) => result === 'sent')).toHaveLength(3);
    expect(hooks.calls).toHaveLength(3);
    expect(new Set(hooks.calls.map(({ key }) => key)).size).toBe(3);
  });

  it('shows on the page what it is, what it meant and what another would mean, before that is kept', async (test) => {
    const { page, problems } = await browser.open(test, `${product.url}/settings`);
    const region = page.getByRole('region', { name: 'Budget' });
    const field = region.getByRole('spinbutton', { name: 'Notifications a day' });
    await expect.poll(() => field.inputValue()).toBe('3');
    const rows = region.locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(7);
    const today = async (): Promise<number[]> => (await rows.first().locator('td.number').allInnerTexts()).map(Number);
    const [notified, quiet] = await today();
    expect(notified).toBe(3);
    expect(quiet).toBeGreaterThanOrEqual(groups.length - 3);
    await field.fill('1');
    await expect.poll(async () => (await today())[0]).toBe(1);
    expect(await ask(product.url, '/api/v1/budget')).toMatchObject({ perDay: 3 });
    const sent = page.getByRole('region', { name: 'Notifications' });
    expect(await sent.getByText('kept quiet by the budget').count()).toBeGreaterThanOrEqual(groups.length - 3);
    expect(await sent.getByText('sent', { exact: true }).count()).toBe(3);
    expect(problems).toEqual([]);
  });
});

describe('a change of daylight-saving time', { timeout: 120_000 }, () => {
  const zone = 'Europe/Berlin';
  const changes = [
    { name: 'march', change: Date.UTC(2026, 2, 29, 1) / 1000 },
    { name: 'october', change: Date.UTC(2026, 9, 25, 1) / 1000 },
  ];
  const days = { office: (h: number) => (h >= 9 && h < 17 ? 100 : 20), lunch: (h: number) => 20 + 80 * Math.exp(-(((h - 13) / 1.2) ** 2)) };

  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', hour: 'numeric', minute: 'numeric' });
  function hourThere(timestamp: number): number {
    const parts = new Map(clock.formatToParts(timestamp * 1000).map(({ type, value }) => [type, Number(value)]));
    return parts.get('hour')! + parts.get('minute')! / 60;
  }

  /** Five weeks of a course by the clock on the wall before a change, and one after; `lateSeconds`: that no longer keeps to the clock from then on. */
  function courseByTheClock(course: (hour: number) => number, change: number, lateSeconds = 0): string {
    const rows = Array.from({ length: 42 * 144 }, (_, i) => change - 35 * day + i * 600);
    const noise = (i: number): number => (((i * 7919) % 1009) - 504) / 504;
    return `timestamp,value\n${rows.map((at, i) => `${at},${(course(hourThere(at < change ? at : at - lateSeconds)) + noise(i)).toFixed(3)}`).join('\n')}\n`;
  }

  /** Anomalies that begin from a day before to two days after, by the real command. */
  async function openedAround(change: number, csv: string, timeZone: string | null): Promise<number[]> {
    const folder = mkdtempSync(join(base, 'dst-'));
    const [file, config] = [join(folder, 'course.csv'), join(folder, 'skylark.yaml')];
    writeFileSync(file, csv);
    writeFileSync(config, timeZone === null ? '' : `analyzer:\n  timeZone: ${timeZone}\n`);
    const { status, stdout, stderr } = await runSkylark(['backtest', file, '--out', join(folder, 'out'), '--config', config]);
    expect(status, stderr).toBe(0);
    const { anomalies } = JSON.parse(stdout.split('\n')[0]!) as { anomalies: { start: number }[] };
    return anomalies.map(({ start }) => start).filter((start) => start >= change - day && start < change + 2 * day);
  }

  const cases = changes.flatMap(({ name, change }) => Object.entries(days).map(([shape, course]) => ({ name, change, shape, course })));

  it.each(cases)('opens nothing in $name where the zone is set, course $shape', async ({ change, course }) => {
    expect(await openedAround(change, courseByTheClock(course, change), zone)).toEqual([]);
  });

  it('would have: without the zone, and where the course moved by an hour in truth', async () => {
    for (const { change } of changes) {
      expect(await openedAround(change, courseByTheClock(days.lunch, change), null)).not.toEqual([]);
      expect(await openedAround(change, courseByTheClock(days.lunch, change, hour), zone)).not.toEqual([]);
    }
  });

  it('opens nothing in a replay of stored history either, and does without the zone', async () => {
    const { change } = changes[0]!;
    const folder = mkdtempSync(join(base, 'dst-'));
    const [file, config, data] = [join(folder, 'course.csv'), join(folder, 'skylark.yaml'), join(folder, 'data')];
    writeFileSync(file, courseByTheClock(days.lunch, change));
    const replayed = async (timeZone: string): Promise<string[]> => {
      writeFileSync(config, `store:\n  retention: forever\nanalyzer:\n  timeZone: ${timeZone}\n`);
      const answer = await runSkylark(['replay', 'course', '--from', String(change - day), '--until', String(change + 2 * day), '--dry-run', '--json', '--data', data, '--config', config]);
      expect(answer.status, answer.stderr).toBe(0);
      return answer.stdout.split('\n').filter((line) => line !== '');
    };
    writeFileSync(config, 'store:\n  retention: forever\n');
    expect((await runSkylark(['import', 'csv', file, '--data', data, '--config', config])).status).toBe(0);
    expect(await replayed(zone)).toEqual([]);
    expect(await replayed('UTC')).not.toEqual([]);
  });
});

describe('a start on two weeks of stored history', { timeout: 120_000 }, () => {
  const metric = 'shop.orders';
  const dayCourse = (at: number): number => 100 + 40 * Math.sin((2 * Math.PI * at) / day);

  it('knows the course of the day at once: what is usual at another hour opens an anomaly with the first datapoint', async () => {
    const folder = join(base, 'cold');
    const now = Math.floor(Date.now() / 1000);
    const file = join(base, `${metric.replaceAll('.', '-')}.csv`);
    const rows = Array.from({ length: 14 * 288 - 2 }, (_, i) => now - (14 * 288 - 2 - i) * 300);
    writeFileSync(file, `metric,timestamp,value\n${rows.map((at, i) => `${metric},${at},${(dayCourse(at) + (((i * 7919) % 101) - 50) / 25).toFixed(3)}`).join('\n')}\n`);
    const imported = await runSkylark(['import', 'csv', file, '--data', folder]);
    expect(imported.status, imported.stderr).toBe(0);

    const product = await startSkylark({ folder, environment: { SKYLARK_ANALYZER__INTERVAL: '2s' } });
    const open = async (): Promise<ListedAnomaly[]> => (await ask<{ anomalies: ListedAnomaly[] }>(product.url, '/api/v1/anomalies?state=all')).anomalies;
    try {
      await expect.poll(async () => (await fetch(`${product.url}/readyz?verbose`)).text(), { timeout: 30_000 }).toContain('[+]history ok gone through');
      expect(await open()).toEqual([]);
      // As far from the middle of the day's range as it should be, on the other side; where it should be in the middle, at the range's end.
      const usual = dayCourse(now);
      const value = Math.abs(usual - 100) > 20 ? 200 - usual : 138;
      const at = Math.floor(Date.now() / 1000);
      expect((await runSkylark(['send', metric, String(value), String(at), '--url', product.url])).status).toBe(0);
      await expect.poll(async () => (await open()).length, { timeout: 30_000 }).toBe(1);
      const [found] = await open();
      expect(found).toMatchObject({ metric });
      expect(found?.explanation).toMatch(/ expected: (above|below) every forecast.*; since /);
    } finally {
      await product.stop();
    }
  });

  it('would not have known without it', async () => {
    const product = await startSkylark({ environment: { SKYLARK_ANALYZER__INTERVAL: '2s' } });
    try {
      const now = Math.floor(Date.now() / 1000);
      for (const ago of [600, 300, 1]) expect((await runSkylark(['send', metric, String(ago === 1 ? 138 : 100), String(now - ago), '--url', product.url])).status).toBe(0);
      await expect.poll(async () => /skylark_analyzer_slots_total\{result="judged"\} (\d+)/.exec(await (await fetch(`${product.url}/metrics`)).text())?.[1] ?? '0', { timeout: 30_000 }).toMatch(/^[1-9]\d{2,}$/);
      expect((await ask<{ anomalies: ListedAnomaly[] }>(product.url, '/api/v1/anomalies?state=all')).anomalies).toEqual([]);
    } finally {
      await product.stop();
    }
  });
});
