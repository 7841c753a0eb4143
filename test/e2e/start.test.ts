import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type Addresses, runSkylark, startSkylark } from '../product.js';

const base = mkdtempSync(join(tmpdir(), 'skylark-start-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(base, 'data-'));
const freePorts = { SKYLARK_HORIZON__CARBON__PORT: '0', SKYLARK_HORIZON__PICKLE__PORT: '0', SKYLARK_HORIZON__UDP__PORT: '0' };

/** Takes a port, as another program would. */
async function occupied(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return { server, port: (server.address() as { port: number }).port };
}

describe('a port that is busy', () => {
  it.each([
    ['--port', (port: number) => ({ args: ['--port', String(port)], environment: freePorts }), /--port or api\.port/],
    ['api.port', (port: number) => ({ args: [], environment: { ...freePorts, SKYLARK_API__PORT: String(port) } }), /--port or api\.port/],
    ['horizon.carbon.port', (port: number) => ({ args: ['--port', '0'], environment: { ...freePorts, SKYLARK_HORIZON__CARBON__PORT: String(port) } }), /horizon\.carbon\.port/],
    ['horizon.pickle.port', (port: number) => ({ args: ['--port', '0'], environment: { ...freePorts, SKYLARK_HORIZON__PICKLE__PORT: String(port) } }), /horizon\.pickle\.port/],
    ['horizon.http.ports', (port: number) => ({ args: ['--port', '0'], environment: { ...freePorts, SKYLARK_HORIZON__HTTP__PORTS: `[${port}]` } }), /horizon\.http\.ports/],
  ])('is an error that names it when it was set by %s', async (_, options, setting) => {
    const { server, port } = await occupied();
    const { args, environment } = options(port);
    const { status, stdout, stderr } = await runSkylark(['up', '--data', fresh(), ...args], { environment });
    server.close();
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`${port} is taken`);
    expect(stderr).toMatch(setting);
  });

  it('gives way to a free one, with a warning, when it is a default that nobody chose', async () => {
    // 2003 is taken here, or by somebody already.
    const taken = await occupied(2003).catch(() => null);
    const product = await startSkylark({ environment: freePorts, unset: ['SKYLARK_HORIZON__CARBON__PORT'] });
    taken?.server.close();
    expect(product.addresses.carbon).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(product.addresses.carbon).not.toBe('127.0.0.1:2003');
    expect(product.log()).toMatch(/"setting":"horizon\.carbon\.port","port":2003.*port\.busy/);
    await product.stop();
  });
});

describe('a data folder', () => {
  it('belongs to one process: the second is told which', async () => {
    const product = await startSkylark();
    const { status, stderr } = await runSkylark(['up', '--data', product.folder, '--port', '0'], { environment: freePorts });
    expect(status).toBe(1);
    expect(stderr).toContain(`${product.folder} is used by process ${product.addresses.pid}`);
    expect((await fetch(`${product.url}/readyz`)).status).toBe(200);
    await product.stop();
  });

  it('is free again after an end of any kind', async () => {
    const folder = fresh();
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
      const product = await startSkylark({ folder });
      expect(await product.end(signal)).toBe(signal === 'SIGKILL' ? null : 0);
    }
  });

  it('that cannot be made is an error that names it', async () => {
    const file = join(base, 'a-file');
    writeFileSync(file, '');
    const { status, stderr } = await runSkylark(['up', '--data', join(file, 'data'), '--port', '0'], { environment: freePorts });
    expect([1, 2]).toContain(status);
    expect(stderr).toContain(join(file, 'data'));
  });
});

describe('what keeps skylark up from starting', () => {
  it('is all said at once, exit 2, when it is the settings', async () => {
    const file = join(base, 'wrong.yaml');
    writeFileSync(file, 'api:\n  prot: 1\nhorizon:\n  maxAge: 5\n');
    const { status, stdout, stderr } = await runSkylark(['up', '--config', file, '--data', fresh()], { environment: { SKYLARK_ANALYZER__CONSENSUS: 'all' } });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    for (const place of [`${file}:2:3 api.prot`, `${file}:4:11 horizon.maxAge`, 'SKYLARK_ANALYZER__CONSENSUS analyzer.consensus']) expect(stderr).toContain(place);
  });

  it('is a bind that other machines reach without a token, unless that is meant or there is one', async () => {
    const refused = await runSkylark(['up', '--host', '0.0.0.0', '--port', '0', '--data', fresh()], { environment: freePorts });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/0\.0\.0\.0.*api\.token.*--insecure-bind/);
    const product = await startSkylark({ args: ['--host', '0.0.0.0'], environment: { SKYLARK_API__TOKEN: 'a-token-of-enough-length' } });
    const url = `http://127.0.0.1:${product.addresses.http.split(':').at(-1)}`;
    expect((await fetch(`${url}/api/v1/status`)).status).toBe(401);
    expect((await runSkylark(['status', '--url', url])).status).toBe(1);
    expect((await runSkylark(['status', '--url', url], { environment: { SKYLARK_API__TOKEN: 'a-token-of-enough-length' } })).status).toBe(0);
    expect(product.log()).not.toContain('a-token-of-enough-length');
    await product.stop();
    const open = await startSkylark({ args: ['--host', '0.0.0.0', '--insecure-bind'] });
    await open.stop();
  });

  it('is a ready file that cannot be written', async () => {
    const { status, stderr } = await runSkylark(['up', '--data', fresh(), '--port', '0', '--ready-file', join(base, 'no', 'such', 'ready.json')], { environment: freePorts });
    expect(status).toBe(2);
    expect(stderr).toContain('ready.json');
  });
});

describe('the end', () => {
  it('comes with 0 within 10 s of SIGTERM under load, and loses nothing that was acknowledged', async () => {
    const folder = fresh();
    const product = await startSkylark({ folder, environment: { SKYLARK_ANALYZER__INTERVAL: '2s' } });
    const now = Math.floor(Date.now() / 1000);
    const acknowledged: number[] = [];
    let stopping = false;
    const write = async (writer: number): Promise<void> => {
      for (let i = 0; !stopping; i++) {
        const timestamps = Array.from({ length: 500 }, (_, k) => now - 80_000 + 500 * (i % 100) + k);
        const body = JSON.stringify({ metric: `load.${writer}.${i}`, timestamps, values: timestamps.map((timestamp) => timestamp % 97) });
        try {
          const response = await fetch(`${product.url}/api/v1/datapoints`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
          if (response.ok && ((await response.json()) as { accepted: number }).accepted === 500 && writer === 0) acknowledged.push(i);
        } catch {
          // Refused, or cut off: not acknowledged.
          await sleep(10);
        }
      }
    };
    const writers = [0, 1, 2, 3].map(write);
    await sleep(4000);
    const startedMs = performance.now();
    const status = await product.end('SIGTERM');
    const tookMs = performance.now() - startedMs;
    stopping = true;
    await Promise.all(writers);
    expect(status).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
    expect(acknowledged.length).toBeGreaterThan(10);

    const again = await startSkylark({ folder });
    const lost: number[] = [];
    for (const i of acknowledged) {
      const answer = (await (await fetch(`${again.url}/api/v1/series?metric=load.0.${i}&from=${now - 90_000}`)).json()) as { points?: number };
      if (answer.points !== 500) lost.push(i);
    }
    expect(lost).toEqual([]);
    await again.stop();
  }, 90_000);

  it('makes /readyz say no at once, while requests at hand are still answered', async () => {
    const product = await startSkylark();
    // A write whose body is not whole yet holds the server open.
    const body = JSON.stringify([{ metric: 'last.words', timestamp: Math.floor(Date.now() / 1000), value: 1 }]);
    const [half, rest] = [body.slice(0, 10), body.slice(10)];
    const { hostname, port } = new URL(product.url);
    const answered = new Promise<number | undefined>((resolve, reject) => {
      const held = request({ hostname, port, path: '/api/v1/datapoints', method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length } }, (response) => resolve(response.resume().statusCode));
      held.once('error', reject);
      held.write(half);
      setTimeout(() => held.end(rest), 1000);
    });
    await sleep(200);
    const ended = product.end('SIGTERM');
    await sleep(300);
    const ready = await fetch(`${product.url}/readyz`).then(({ status }) => status, () => 'closed');
    expect([503, 'closed']).toContain(ready);
    expect(await answered).toBe(200);
    expect(await ended).toBe(0);
  });

  it('comes at once with a second signal', async () => {
    const product = await startSkylark();
    const { hostname, port } = new URL(product.url);
    const held = request({ hostname, port, path: '/api/v1/datapoints', method: 'POST', headers: { 'content-type': 'application/json', 'content-length': 100 } });
    held.on('error', () => undefined).write('[');
    await sleep(200);
    product.child.kill('SIGTERM');
    await sleep(100);
    const startedMs = performance.now();
    await product.end('SIGTERM');
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it('does not come from a log that nobody reads any more', async () => {
    const product = await startSkylark({ args: ['--log-level', 'debug'] });
    product.child.stderr?.destroy();
    product.child.stdout?.destroy();
    for (let i = 0; i < 20; i++) await fetch(`${product.url}/api/v1/nowhere`);
    await runSkylark(['send', 'still.here', '1', '--url', product.url]);
    expect((await fetch(`${product.url}/livez`)).status).toBe(200);
    expect(await product.end()).toBe(0);
  });
});

describe('npm start from a fresh clone', () => {
  const isFull = process.env['SKYLARK_SOAK'] !== undefined || process.env['CI'] === 'true';

  it('sets up, shows flagged anomalies of the demo within 60 s of ready, and leaves the tree clean', async (test) => {
    if (!isFull) test.skip('npm start from a fresh clone downloads all packages: run it with npm run soak -- test/e2e/start.test.ts');
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const clone = join(base, 'clone');
    execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, clone]);
    const readyFile = join(base, 'ready.json');
    const startedMs = performance.now();
    const child = spawn('npm', ['start', '--', '--port', '0', '--data', fresh(), '--ready-file', readyFile], {
      cwd: clone, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inherited(), ...freePorts, npm_config_cache: join(base, 'npm-cache') },
    });
    const log = logOf(child);
    try {
      const { http } = await ready(child, readyFile, log);
      const readyMs = performance.now();
      const anomalies = async (): Promise<number> => ((await (await fetch(`http://${http}/api/v1/anomalies`)).json()) as { total: number }).total;
      await expect.poll(anomalies, { timeout: 60_000, interval: 500 }).toBeGreaterThan(0);
      console.log(`npm start: ready after ${((readyMs - startedMs) / 1000).toFixed(1)} s, anomalies ${((performance.now() - readyMs) / 1000).toFixed(1)} s later`);
      const page = await (await fetch(`http://${http}/`)).text();
      expect(page).toContain('<div id=');
      expect(execFileSync('git', ['status', '--porcelain'], { cwd: clone, encoding: 'utf8' })).toBe('');
    } finally {
      const ended = new Promise((resolve) => (child.exitCode !== null ? resolve(null) : child.once('exit', resolve)));
      process.kill(-(child.pid ?? 0), 'SIGTERM');
      await ended;
    }
  }, 600_000);

  /** The environment without what npm and vitest set for their own children. */
  function inherited(): Record<string, string> {
    return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !/^(npm_(?!config_(registry|userconfig))|VITEST|NODE_|SKYLARK_|INIT_CWD)/.test(entry[0])));
  }

  function logOf(child: ChildProcess): () => string {
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return () => text;
  }

  async function ready(child: ChildProcess, file: string, log: () => string): Promise<Addresses> {
    while (!existsSync(file)) {
      if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${log()}`);
      await sleep(100);
    }
    return JSON.parse(readFileSync(file, 'utf8')) as Addresses;
  }
});
