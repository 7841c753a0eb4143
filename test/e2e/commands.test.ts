import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandResult, type RunningProduct, runSkylark, skylarkBin, startSkylark } from '../product.js';

let product: RunningProduct;
const folder = mkdtempSync(join(tmpdir(), 'skylark-commands-'));
beforeAll(async () => {
  product = await startSkylark({ environment: { SKYLARK_ANALYZER__INTERVAL: '2s' } });
}, 90_000);
afterAll(async () => {
  await product.stop();
  rmSync(folder, { recursive: true });
});

/** A command against the running product. */
const run = (...args: string[]): Promise<CommandResult> => runSkylark([...args, '--url', product.url]);

/** The same with --json: it must end well, say nothing but JSON on stdout, and answers what that says. */
async function json<Answer>(...args: string[]): Promise<Answer[]> {
  const { status, stdout, stderr } = await run(...args, '--json');
  expect({ args, status, stderr: status === 0 ? '' : stderr }).toEqual({ args, status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Answer);
}

/** Calm for hours, far off in its last minutes. */
async function sendSpike(metric: string, { shape = 7919, level = 900 } = {}): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const timestamps = Array.from({ length: 300 }, (_, i) => now - (299 - i) * 60);
  const values = timestamps.map((_, i) => (i >= 297 ? level : 100 + ((i * shape) % 13)));
  const response = await fetch(`${product.url}/api/v1/datapoints`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ metric, timestamps, values }) });
  expect(await response.json()).toMatchObject({ accepted: 300, rejectedTotal: 0 });
}

describe('skylark status', () => {
  it('tells people and programs the same', async () => {
    const [status] = await json<{ version: string; backend: string; stages: { name: string }[] }>('status');
    expect(status).toMatchObject({ backend: 'embedded' });
    expect(status?.stages.map(({ name }) => name)).toEqual(['horizon', 'analyzer', 'importer', 'scorer']);
    const { status: code, stdout, stderr } = await run('status');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Skylark ${status?.version ?? '?'}, embedded backend, up \\d+ s`));
    expect(stdout).toMatch(/^stage +rate\/s +lag s/m);
  });
});

describe('skylark send', () => {
  it('returns once the datapoint can be read, at its time, whatever its sign', async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await run('send', 'sent.a b', '-42.5', String(now - 60))).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(await json('send', 'sent.a b', '7', new Date((now - 30) * 1000).toISOString())).toMatchObject([{ accepted: 1, rejectedTotal: 0 }]);
    const answer = await (await fetch(`${product.url}/api/v1/series?metric=sent.a%20b&from=now-1h`)).json();
    expect(answer).toMatchObject({ timestamps: [now - 60, now - 30], values: [-42.5, 7] });
  });

  it.each([
    [['sent.x', 'NaN'], 2, /finite number/],
    [['sent.x', '1', 'later'], 2, /"later" is neither/],
    [['sent.x', '1', '1000000000'], 1, /too-old/],
    [['sent.x', '1', '4000000000'], 1, /too-new/],
    [['sent.\u0007', '1'], 1, /bad-name/],
    [['', '1'], 1, /bad-name/],
  ])('refuses %j', async (args, status, message) => {
    const outcome = await run('send', ...args);
    expect(outcome).toMatchObject({ status, stdout: '' });
    expect(outcome.stderr).toMatch(message);
  });
});

describe('skylark metrics', () => {
  it('finds by part, glob, expression and exact name, and removes for good', async () => {
    const names = ['rm.web.eu.latency', 'rm.web.us.latency', 'rm.web.eu.errors'];
    for (const name of names) await run('send', name, '1');
    type Answer = { mode: string; total: number; metrics: { metric: string; lastTimestamp: number }[] };
    const found = async (query: string): Promise<string[]> => (await json<Answer>('metrics', 'find', query))[0]?.metrics.map(({ metric }) => metric).sort() ?? [];
    expect(await found('rm.web.*')).toEqual([...names].sort());
    expect(await found('/^rm\\..*latency$/')).toEqual([names[0], names[1]]);
    expect(await found(`=${names[2]}`)).toEqual([names[2]]);
    expect(await found('rmweblat')).toEqual([names[0], names[1]]);
    const limited = await run('metrics', 'find', 'rm.web.*', '--limit', '1');
    expect(limited.stdout.split('\n')).toHaveLength(2);
    expect(limited.stderr).toMatch(/1 of 3 shown/);

    expect(await run('metrics', 'rm', 'rm.web')).toMatchObject({ status: 1, stdout: '' });
    expect(await json('metrics', 'rm', 'rm.*.latency')).toEqual([{ removed: 2 }]);
    expect(await found('rm.web.*')).toEqual([names[2]]);
    expect((await run('metrics', 'rm', '/rm\\.(/')).status).toBe(2);
  });

  it('shows a hostile name harmlessly', async () => {
    expect((await run('send', 'hostile.\u202eeuler', '1')).status).toBe(0);
    expect((await run('metrics', 'find', 'hostile.*')).stdout).toMatch(/^hostile\.\\u202eeuler {2}\d{4}-/);
  });
});

describe('skylark anomalies', () => {
  it('lists one that opened, for people and programs', async () => {
    await sendSpike('listed.spike');
    type Answer = { total: number; anomalies: { metric: string; state: string; score: number; votes: Record<string, boolean> }[] };
    await expect.poll(async () => (await json<Answer>('anomalies', 'list', '--query', 'listed.*'))[0]?.total, { timeout: 30_000, interval: 500 }).toBe(1);
    const [answer] = await json<Answer>('anomalies', 'list', '--query', 'listed.*');
    expect(answer?.anomalies[0]).toMatchObject({ metric: 'listed.spike', state: 'open' });
    expect(Object.keys(answer?.anomalies[0]?.votes ?? {})).toEqual(['forecast', 'novelty', 'variation', 'flat_line', 'rhythm']);
    const { stdout } = await run('anomalies', 'list', '--query', 'listed.*');
    expect(stdout).toMatch(/^score +severity +state +since +metric +why\n.*(major|critical) +open .*listed\.spike/);
    expect(await run('anomalies', 'list', '--query', 'no.such.*')).toMatchObject({ status: 0, stdout: '', stderr: 'No open anomalies.\n' });
  });

  it('watches one open, until it is interrupted', async () => {
    const child = spawn(process.execPath, [skylarkBin, 'anomalies', 'watch', '--json', '--url', product.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const opened = new Promise<{ event: string; metric: string }>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const event = JSON.parse(line) as { event: string; metric: string };
        if (event.event === 'anomaly.opened' && event.metric.startsWith('watched.')) resolve(event);
      });
    });
    // It does not say when it began to listen: something opens again and again.
    let sent = 0;
    const sending = setInterval(() => void sendSpike(`watched.${sent++}`), 1000);
    try {
      expect(await opened).toMatchObject({ event: 'anomaly.opened' });
      child.kill('SIGINT');
      expect(await ended).toBe(0);
    } finally {
      clearInterval(sending);
      child.kill('SIGKILL');
    }
  });

  it('ends with 3 when the server that it watches goes away', async () => {
    const server = createServer((_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('event: anomaly.closed\ndata: {"metric":"a\\u001b[2J","score":55,"severity":"major","explanation":"over"}\n\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { status, stdout, stderr } = await runSkylark(['anomalies', 'watch', '--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`]);
    server.close();
    expect(stdout).toBe('closed   55 major a\\u001b[2J: over\n');
    expect(status).toBe(3);
    expect(stderr).toMatch(/ended the stream/);
  });
});

describe('skylark similar', () => {
  it('finds the metric of the same shape before one of another', async () => {
    await sendSpike('shape.query');
    await sendSpike('shape.twin', { level: 5000 });
    await sendSpike('shape.other', { shape: 4, level: 50 });
    type Answer = { length: number; total: number; matches: { metric: string; distance: number }[] };
    const [answer] = await json<Answer>('similar', 'shape.query', '--from', 'now-4h', '--method', 'euclidean', '--scope', 'live', '--limit', '100');
    const metrics = answer?.matches.map(({ metric }) => metric) ?? [];
    expect(metrics).not.toContain('shape.query');
    expect(metrics.filter((metric) => metric === 'shape.twin' || metric === 'shape.other')).toEqual(['shape.twin', 'shape.other']);
    const { status, stdout, stderr } = await run('similar', 'shape.query', '--from', 'now-4h');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^distance +source +from +until +metric\n/);
    expect(stderr).toMatch(/-> .* in \d+ ms/);
  });

  it('says what is wrong with a question', async () => {
    expect(await run('similar', 'no.such.metric')).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/No metric by that name/) as string });
    expect((await run('similar', 'shape.query', '--from', 'yesterday')).status).toBe(2);
  });
});

describe('skylark export csv and import csv', () => {
  it('take every datapoint of any name round', async () => {
    const now = Math.floor(Date.now() / 1000);
    const names = ['round.plain', 'round.with "quotes", and commas', '=round()', "'=round"];
    for (const [index, metric] of names.entries()) {
      const body = JSON.stringify({ metric, timestamps: [now - 30, now - 20.5, now - 10], values: [0.1 + index, -1e-300, 12345678901234567890] });
      await fetch(`${product.url}/api/v1/datapoints`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    }
    const out = await run('export', 'csv', '/round/', '--from', 'now-1h');
    expect(out).toMatchObject({ status: 0, stderr: '' });
    expect(out.stdout.split('\n')).toHaveLength(1 + 3 * names.length + 1);
    const file = join(folder, 'round.csv');
    writeFileSync(file, out.stdout);

    const data = join(folder, 'store');
    const back = await runSkylark(['import', 'csv', file, '--prefix', 'again.', '--data', data, '--json']);
    expect(back).toMatchObject({ status: 0, stderr: '12 datapoints of 1 files imported, 0 blank values skipped\n' });
    expect(JSON.parse(back.stdout)).toEqual({ file, metrics: 4, datapoints: 12, blank: 0, leftOut: 0 });
    const again = await runSkylark(['export', 'csv', '--data', data]);
    const sorted = (text: string): string[] => text.split('\n').filter((line) => line.includes('round')).sort();
    const renamed = (line: string): string => line.replace(/^("?)'?(=?.)/, '$1again.$2').replace("again.=round,", 'again.\'=round,');
    expect(again.stdout.split('\n').length).toBe(out.stdout.split('\n').length);
    expect(sorted(again.stdout).filter((line) => line.includes('plain'))).toEqual(sorted(out.stdout).filter((line) => line.includes('plain')).map(renamed));
    const metrics = await runSkylark(['export', 'csv', '=again.=round()', '--data', data]);
    expect(metrics.stdout.trim().split('\n')).toHaveLength(4);
  });

  it('name a bad file and its line, and import the others', async () => {
    const now = Math.floor(Date.now() / 1000);
    writeFileSync(join(folder, 'good.csv'), `timestamp,value\n${now - 60},1\n${now - 30},\n${now},2\n`);
    writeFileSync(join(folder, 'bad.csv'), `timestamp,value\n${now},1\n${now},one\n`);
    const { status, stdout, stderr } = await run('import', 'csv', join(folder, 'bad.csv'), join(folder, 'good.csv'), '--prefix', 'brought.');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/bad\.csv:3 value "one"/);
    expect(stderr).toMatch(/2 datapoints of 1 files imported, 1 blank values skipped, 1 files refused/);
    expect((await run('export', 'csv', '=brought.good')).stdout.split('\n')).toHaveLength(4);
  });

  it('print no data but the header when nothing is meant', async () => {
    expect(await run('export', 'csv', '=no.such')).toEqual({ status: 0, stdout: 'metric,timestamp,value\n', stderr: '' });
  });
});

describe('skylark config', () => {
  const environment = { SKYLARK_API__TOKEN: 'not-to-be-shown-anywhere', SKYLARK_STORE__RETENTION: 'forever' };

  it('checks, prints with origins and without secrets, and has a schema', async () => {
    expect(await runSkylark(['config', 'check'], { environment })).toEqual({ status: 0, stdout: '', stderr: 'The settings are fine.\n' });
    const printed = await runSkylark(['config', 'print', '--origin'], { environment });
    expect(printed.stdout).toMatch(/^store\.retention: forever +# SKYLARK_STORE__RETENTION$/m);
    expect(printed.stdout).toMatch(/^api\.port: 1500 +# default$/m);
    const asJson = JSON.parse((await runSkylark(['config', 'print', '--json'], { environment })).stdout) as Record<string, unknown>;
    expect(asJson).toMatchObject({ 'api.token': '(redacted)', 'analyzer.consensus': 6 });
    const { stdout } = await runSkylark(['config', 'schema'], { environment });
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', additionalProperties: false });
    expect(printed.stdout + JSON.stringify(asJson) + stdout).not.toContain('not-to-be-shown');
  });

  it('refuses a file with every error at its place, exit 2', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'api:\n  prot: 1\nanalyzer:\n  interval: soon\n');
    const { status, stdout, stderr } = await runSkylark(['config', 'check', '--config', file]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`${file}:2:3 api.prot: no such setting; did you mean api.port?`);
    expect(stderr).toContain(`${file}:4:13 analyzer.interval: `);
  });
});

describe('skylark doctor', () => {
  it('looks at the machine and at the running product, and makes nothing', async () => {
    const findings = await json<{ check: string; ok: boolean; message: string }>('doctor', '--data', join(folder, 'not', 'made'));
    expect(findings.map(({ check }) => check)).toEqual(['node', 'config', 'data folder', 'disk', 'running']);
    expect(findings.every(({ ok }) => ok)).toBe(true);
    expect(await runSkylark(['export', 'csv', '--data', join(folder, 'not')])).toMatchObject({ status: 2 });
  });

  it('names a port that is taken when nothing answers', async () => {
    const port = product.url.split(':').at(-1) ?? '';
    const { status, stdout } = await runSkylark(['doctor', '--url', 'http://127.0.0.1:1', '--data', folder], { environment: { SKYLARK_API__PORT: port, SKYLARK_HORIZON__CARBON__PORT: '0', SKYLARK_HORIZON__PICKLE__PORT: '0' } });
    expect(status).toBe(1);
    expect(stdout).toMatch(new RegExp(`^look api\\.port: port ${port} .*taken.*set api\\.port`, 'm'));
  });
});

describe('skylark db', () => {
  it('counts and verifies a running store', async () => {
    const [stats] = await json<{ metrics: number; bytes: number }>('db', 'stats');
    expect(stats?.metrics).toBeGreaterThan(0);
    expect(stats?.bytes).toBeGreaterThan(0);
    expect(await json('db', 'verify')).toMatchObject([{ ok: true }]);
  });

  it('refuses the folder of a running product, naming the folder and its process', async () => {
    for (const args of [['db', 'verify'], ['export', 'csv'], ['replay', '--dry-run']]) {
      const { status, stdout, stderr } = await runSkylark([...args, '--data', product.folder]);
      expect({ args, status, stdout }).toEqual({ args, status: 1, stdout: '' });
      expect(stderr).toContain(product.folder);
      expect(stderr).toContain(String(product.addresses.pid));
    }
  });
});

describe('a pipe', () => {
  it('that is closed early ends the command quietly', async () => {
    const child = spawn('sh', ['-c', `"$0" "$1" export csv --url ${product.url} | head -n 1`, process.execPath, skylarkBin], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    expect({ stdout, stderr }).toEqual({ stdout: 'metric,timestamp,value\n', stderr: '' });
  });
});

describe('skylark seed', () => {
  it('prints what to look at, and sends the same again for the same seed', async () => {
    const args = ['seed', '--metrics', '12', '--hours', '2', '--carbon', product.addresses.carbon, '--url', product.url];
    const first = await runSkylark(args);
    expect(first).toMatchObject({ status: 0, stderr: expect.stringMatching(/^\d+ datapoints of 12 metrics sent, and all of them read back/) as string });
    expect(first.stdout).toMatch(/^kind +start +end +metric +group +lag s\nspike +\d{4}-/);
    expect((await runSkylark(args)).status).toBe(0);
    const [found] = await json<{ total: number }>('metrics', 'find', 'seed.*');
    expect(found?.total).toBe(12);
  });

  it('ends with 1 when what was sent does not come out again', async () => {
    // Another server is asked than the one that was sent to.
    const server = createServer((_, response) => void response.writeHead(404, { 'content-type': 'application/json' }).end('{"code":"unknown-metric"}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const other = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { status, stderr } = await runSkylark(['seed', '--metrics', '1', '--hours', '1', '--carbon', product.addresses.carbon, '--url', other]);
    server.close();
    expect(status).toBe(1);
    expect(stderr).toMatch(/60 of 60 datapoints of seed\..* did not come out again/);
  });
});
