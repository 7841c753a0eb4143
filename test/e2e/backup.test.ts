import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type CommandResult, type RunningProduct, runSkylark, startSkylark } from '../product.js';

const base = mkdtempSync(join(tmpdir(), 'skylark-backups-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const fine = ({ status, stdout, stderr }: CommandResult): string => {
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
};

interface Anomaly {
  readonly id: string;
  readonly note: string | null;
}

const anomaliesOf = async (url: string): Promise<Anomaly[]> => ((await (await fetch(`${url}/api/v1/anomalies?state=all&limit=1000`)).json()) as { anomalies: Anomaly[] }).anomalies;
const csvOf = async (source: readonly string[]): Promise<string> => fine(await runSkylark(['export', 'csv', ...source])).split('\n').sort().join('\n');

/** A folder with two days of some metrics, judged. */
async function madeFolder(): Promise<string> {
  const [history, data] = [join(base, 'history'), join(base, 'judged')];
  if (existsSync(data)) return data;
  mkdirSync(history, { recursive: true });
  const now = Math.floor(Date.now() / 1000);
  for (let metric = 0; metric < 8; metric += 1) {
    const rows = Array.from({ length: 2880 }, (_, i) => `${now - 60 * (2880 - i)},${50 + 10 * Math.sin(i / 50 + metric) + (i % 7) + (i > 2600 && i < 2620 ? 300 : 0)}`);
    writeFileSync(join(history, `m${metric}.csv`), `timestamp,value\n${rows.join('\n')}\n`);
  }
  fine(await runSkylark(['import', 'csv', history, '--prefix', 'web.', '--data', data]));
  fine(await runSkylark(['replay', '--data', data]));
  return data;
}

describe('skylark db backup and restore', () => {
  it('carry a folder that nobody runs into a fresh one, and the same file comes of that one again', async () => {
    const data = await madeFolder();
    const [file, restored] = [join(base, 'a.backup'), join(base, 'restored')];
    const taken = JSON.parse(fine(await runSkylark(['db', 'backup', file, '--data', data, '--json']))) as { totals: { anomalies: number; metrics: number }; bytes: number };
    expect(taken.totals).toMatchObject({ metrics: 8, datapoints: 8 * 2880 });
    expect(taken.totals.anomalies).toBeGreaterThan(0);
    expect(statSync(file)).toMatchObject({ size: taken.bytes, mode: 0o100600 });
    fine(await runSkylark(['db', 'restore', file, '--data', restored]));
    expect(await csvOf(['--data', restored])).toBe(await csvOf(['--data', data]));
    fine(await runSkylark(['db', 'verify', '--data', restored]));
    expect(fine(await runSkylark(['replay', '--dry-run', '--data', restored]))).not.toMatch(/^(added|changed|missing)/m);
    const again = JSON.parse(fine(await runSkylark(['db', 'backup', join(base, 'b.backup'), '--data', restored, '--json']))) as typeof taken;
    expect(again.totals).toEqual(taken.totals);
    const second = await runSkylark(['db', 'restore', file, '--data', restored]);
    expect(second).toMatchObject({ status: 1, stdout: '' });
    expect(second.stderr).toMatch(/The store is not empty: it holds metrics such as web\.m\d; restore into a fresh folder/);
  }, 120_000);

  it('refuse a file that is there already, one that is damaged or cut off, and one that is none', async () => {
    const [data, file, target] = [await madeFolder(), join(base, 'c.backup'), join(base, 'never')];
    fine(await runSkylark(['db', 'backup', file, '--data', data]));
    expect(await runSkylark(['db', 'backup', file, '--data', data])).toMatchObject({ status: 2, stderr: expect.stringContaining('replaces nothing') as string });
    const bytes = readFileSync(file);
    writeFileSync(join(base, 'cut.backup'), bytes.subarray(0, bytes.length - 20));
    const damaged = Buffer.from(bytes);
    damaged[bytes.length >> 1]! ^= 4;
    writeFileSync(join(base, 'damaged.backup'), damaged);
    writeFileSync(join(base, 'none.backup'), 'timestamp,value\n');
    const refused = async (name: string): Promise<string> => {
      const { status, stderr } = await runSkylark(['db', 'restore', join(base, name), '--data', target]);
      expect(status).toBe(1);
      return stderr;
    };
    expect(await refused('cut.backup')).toMatch(/cut\.backup ends within the part that begins at byte \d+/);
    expect(await refused('damaged.backup')).toMatch(/damaged\.backup is damaged at byte \d+/);
    expect(await refused('none.backup')).toMatch(/none\.backup is no backup of Skylark's at byte 0/);
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(base).filter((name) => name.endsWith('.part'))).toEqual([]);
  }, 120_000);

  it('killed half way leave a store that says so when it is started, and that the same file makes whole', async () => {
    const [data, file, target] = [await madeFolder(), join(base, 'd.backup'), join(base, 'half')];
    fine(await runSkylark(['db', 'backup', file, '--data', data]));
    const { restoreFrame } = (await import('../../packages/skylark/src/backup/restore-backup.js'));
    const { readFrames } = await import('../../packages/skylark/src/backup/frames.js');
    const { openEmbedded } = await import('@skylark/storage/embedded');
    const clock = { now: () => Date.now() / 1000, elapsedMs: () => 0, sleep: async () => undefined };
    const quiet = (): void => undefined;
    const backend = await openEmbedded({ folder: target, retentionSeconds: null, clock, logger: { debug: quiet, info: quiet, warn: quiet, error: quiet } });
    let id = '';
    for await (const frame of readFrames({ bytes: (async function* () { yield readFileSync(file); })(), name: file })) {
      if (frame.kind === 'header') id = (JSON.parse(frame.payload.toString()) as { id: string }).id;
      if (frame.kind === 'anomalies') break;
      await restoreFrame({ backend, retentionSeconds: null, clock }, id, frame);
    }
    await backend.close();
    const product = await startSkylark({ folder: target });
    const ready = await fetch(`${product.url}/readyz?verbose`);
    const text = await ready.text();
    await product.end();
    expect({ status: ready.status, text }).toMatchObject({ status: 503, text: expect.stringContaining(`[-]restore a restore of backup ${id} began at`) as string });
    fine(await runSkylark(['db', 'restore', file, '--data', target]));
    expect((await csvOf(['--data', target])).split('\n').filter((line) => !line.startsWith('skylark.'))).toEqual((await csvOf(['--data', data])).split('\n'));
    const whole = await startSkylark({ folder: target });
    expect((await fetch(`${whole.url}/readyz`)).status).toBe(200);
    await whole.stop();
  }, 120_000);
});

describe('a running product', () => {
  it('is backed up while it takes datapoints, and restored into another that runs, empty but for its own metrics', async () => {
    const [data, file] = [join(base, 'running'), join(base, 'running.backup')];
    cpSync(await madeFolder(), data, { recursive: true });
    const products: RunningProduct[] = [];
    try {
      const first = await startSkylark({ folder: data });
      products.push(first);
      const [one] = await anomaliesOf(first.url);
      if (one === undefined) throw new Error('no anomaly');
      await fetch(`${first.url}/api/v1/anomalies/${one.id}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ note: 'before the backup', feedback: 'real' }) });
      const begun = Math.floor(Date.now() / 1000);
      const post = async (url: string, value: number): Promise<void> => {
        await fetch(`${url}/api/v1/datapoints`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify([{ metric: 'live.counter', timestamp: begun - 1000 + value, value }]) });
      };
      for (let value = 1; value <= 50; value += 1) await post(first.url, value);
      let stop = false;
      const load = (async () => {
        for (let value = 51; !stop; value += 1) await post(first.url, value);
      })();
      fine(await runSkylark(['db', 'backup', file, '--url', first.url]));
      stop = true;
      await load;
      const second = await startSkylark();
      products.push(second);
      await sleep(1000);
      fine(await runSkylark(['db', 'restore', file, '--url', second.url]));
      expect((await anomaliesOf(second.url)).find(({ id }) => id === one.id)).toMatchObject({ note: 'before the backup', feedback: 'real' });
      const counter = (await (await fetch(`${second.url}/api/v1/series?metric=live.counter`)).json()) as { values: number[] };
      expect(counter.values.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
      expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
      const refused = await runSkylark(['db', 'restore', file, '--url', second.url]);
      expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('The store is not empty') as string });
    } finally {
      for (const product of products) await product.end();
      if (products[1]) rmSync(products[1].folder, { recursive: true, force: true });
    }
  }, 120_000);

  it('gives a backup to an admin only', async () => {
    const product = await startSkylark({ environment: { SKYLARK_API__TOKEN: 'admin-of-the-backups', SKYLARK_API__TOKENS__READ: 'reads-but-no-backups' } });
    try {
      const file = join(base, 'guarded.backup');
      expect(await runSkylark(['db', 'backup', file, '--url', product.url, '--token', 'reads-but-no-backups'])).toMatchObject({ status: 1, stderr: expect.stringContaining('does not allow') as string });
      expect(existsSync(file)).toBe(false);
      fine(await runSkylark(['db', 'backup', file, '--url', product.url, '--token', 'admin-of-the-backups']));
    } finally {
      await product.stop();
    }
  }, 60_000);
});
