import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateSync, gzipSync } from 'node:zlib';
import { SkylarkError, silentLogger } from '@skylark/core';
import { createWriteHandlers, type WriteHandlerOptions } from '@skylark/horizon';
import { afterEach, describe, expect, it } from 'vitest';
import { realClock } from '../clock.js';
import { openHorizon, tally, type Horizon, type HorizonOptions } from './horizon-fixture.js';

const now = Math.floor(Date.now() / 1000);
const mebi = 2 ** 20;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json(): Record<string, unknown>;
}

interface Served extends Horizon {
  readonly port: number;
  send(method: string, path: string, body?: Uint8Array | string, headers?: Record<string, string>): Promise<Answer>;
}

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
});

async function serve(options: HorizonOptions = {}, limits: WriteHandlerOptions['limits'] = {}): Promise<Served> {
  const horizon = await openHorizon(options);
  open.push(() => horizon.end());
  const handlers = new Map(createWriteHandlers({ intake: horizon.intake, clock: realClock, logger: silentLogger, limits }).map(({ method, path, handler }) => [`${method} ${path}`, handler]));
  const server = createServer((request, response) => {
    const handler = handlers.get(`${request.method ?? ''} ${(request.url ?? '').split('?')[0] ?? ''}`);
    if (handler === undefined) response.writeHead(404).end();
    else void handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => closeServer(server));
  const { port } = server.address() as AddressInfo;
  return { ...horizon, port, send: (method, path, body, headers) => ask({ port, method, path }, body, headers) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function ask({ port, method, path }: { port: number; method: string; path: string }, body?: Uint8Array | string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => void answerOf(response).then(resolve, reject));
    request.once('error', reject);
    request.end(body);
  });
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) as Record<string, unknown> };
}

/** CPU time of the longest turn of the event loop, and of all. */
function watchTurns(): { end(): { longestMs: number; totalMs: number } } {
  const cpuMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  const start = cpuMs();
  let last = start;
  let longestMs = 0;
  let watching = true;
  setImmediate(function turn() {
    const at = cpuMs();
    longestMs = Math.max(longestMs, at - last);
    last = at;
    if (watching) setImmediate(turn);
  });
  return {
    end() {
      watching = false;
      return { longestMs, totalMs: cpuMs() - start };
    },
  };
}

const post = '/api/v1/datapoints';
const json = { 'content-type': 'application/json' };
const ndjson = { 'content-type': 'application/x-ndjson' };

describe('POST /api/v1/datapoints', () => {
  it('stores points and columns, and answers when they are readable', async () => {
    const { send, read, intake } = await serve({ flushMs: 60_000 });
    const body = [{ metric: 'a', timestamp: now, value: 1 }, { metric: 'b c', timestamps: [now - 1, now], values: [2, 3.5] }];
    const answer = await send('POST', post, JSON.stringify(body), json);
    expect([answer.status, answer.json()]).toEqual([200, { accepted: 3, rejectedTotal: 0, rejected: [] }]);
    expect(await read('a', 'b c')).toEqual([[[now, 1]], [[now - 1, 2], [now, 3.5]]]);
    expect(tally({ intake }, 'json')).toMatchObject({ received: 3, accepted: 3 });
  });

  it.each([
    ['one series', { metric: 'a', timestamps: [now], values: [1] }, 1],
    ['one point', { metric: 'a', timestamp: now, value: 1 }, 1],
    ['nothing', [], 0],
  ])('takes %s', async (_what, body, accepted) => {
    const { send } = await serve();
    const answer = await send('POST', post, JSON.stringify(body), json);
    expect([answer.status, answer.json()]).toEqual([200, { accepted, rejectedTotal: 0, rejected: [] }]);
  });

  it('names the place of each item it refuses, in the flattened request', async () => {
    const { send, intake } = await serve({ rules: { skip: [(name) => name === 's'], maxAgeSeconds: 3600 } });
    const body = [
      { metric: 'a', timestamp: now, value: 1 }, { metric: 'a', timestamps: [now, now - 5000, now], values: [1, 2, 'x'] }, 5,
      { metric: 's', timestamp: now, value: 1 }, { metric: 'a\n', timestamp: now, value: 1 }, { metric: 'a', timestamp: now + 1e6, value: 1 }, { metric: 'a', timestamp: 'now', value: 1 },
    ];
    const answer = await send('POST', post, JSON.stringify(body), json);
    const rejected = [[2, 'too-old'], [3, 'bad-value'], [4, 'syntax'], [5, 'skipped'], [6, 'bad-name'], [7, 'too-new'], [8, 'bad-timestamp']].map(([index, reason]) => ({ index, reason }));
    expect([answer.status, answer.json()]).toEqual([200, { accepted: 2, rejectedTotal: 7, rejected }]);
    expect(tally({ intake }, 'json')).toMatchObject({ received: 9, accepted: 2, rejected: 7 });
  });

  it('lists the first hundred refusals only', async () => {
    const { send } = await serve();
    const answer = await send('POST', post, JSON.stringify(Array(250).fill({ metric: 'a', timestamp: now, value: null })), json);
    expect(answer.json()).toMatchObject({ accepted: 0, rejectedTotal: 250 });
    expect((answer.json()['rejected'] as unknown[]).length).toBe(100);
  });

  it('takes JSON lines, gzip and deflate', async () => {
    const { send, read } = await serve();
    const lines = `{"metric":"l","timestamp":${now},"value":1}\nnot json\n\n{"metric":"l","timestamps":[${now + 1}],"values":[2]}\n`;
    expect((await send('POST', post, lines, ndjson)).json()).toEqual({ accepted: 2, rejectedTotal: 1, rejected: [{ index: 1, reason: 'syntax' }] });
    for (const [encoding, packed] of [['gzip', gzipSync(lines)], ['deflate', deflateSync(lines)]] as const) {
      expect((await send('POST', post, packed, { ...ndjson, 'content-encoding': encoding })).json()).toMatchObject({ accepted: 2 });
    }
    expect(await read('l')).toEqual([[[now, 1], [now + 1, 2]]]);
  });

  it.each([
    ['empty', '', json], ['no JSON', 'metric 1 2', json], ['cut short', '[{"metric":"a","timestamp":1,"value":1}', json], ['a number', '5', json],
    ['no lines of JSON', 'a\nb\nc', ndjson], ['nested too deep', '['.repeat(100_000), json],
  ])('answers 400 to a body that is %s', async (_what, body, headers) => {
    const { send, intake } = await serve();
    const answer = await send('POST', post, body, headers);
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/problem+json']);
    expect(answer.json()).toMatchObject({ code: 'bad-request', status: 400, requestId: expect.any(String) as string });
    const { received, accepted, rejected, dropped } = tally({ intake }, 'json');
    expect([received, accepted, rejected, dropped]).toEqual([1, 0, 1, 0]);
  });

  it('keeps nothing of a long body that turns out to be no JSON', async () => {
    const { send, intake, read } = await serve({}, { sliceBytes: 1000 });
    const good = JSON.stringify(Array.from({ length: 1000 }, (_, index) => ({ metric: 'a', timestamp: now - index, value: index })));
    expect((await send('POST', post, `${good.slice(0, -1)},]`, json)).status).toBe(400);
    expect(tally({ intake }, 'json')).toMatchObject({ received: 1, rejected: 1, reasons: { syntax: 1 } });
    expect(await read('a')).toEqual([[]]);
  });

  it('takes a body in slices as it takes it whole', async () => {
    const { send, read } = await serve({}, { sliceBytes: 700 });
    const points = Array.from({ length: 300 }, (_, index) => ({ metric: `m${index % 3}`, timestamp: now - index, value: index === 200 ? null : index }));
    const series = { metric: 'long', timestamps: points.map(({ timestamp }) => timestamp), values: points.map((_, index) => index) };
    const answer = await send('POST', post, JSON.stringify([series, ...points, series]), json);
    expect(answer.json()).toEqual({ accepted: 899, rejectedTotal: 1, rejected: [{ index: 500, reason: 'bad-value' }] });
    const lines = await send('POST', post, [series, ...points, series].map((item) => JSON.stringify(item)).join('\n'), ndjson);
    expect(lines.json()).toEqual(answer.json());
    expect((await read('long'))[0]?.length).toBe(300);
  });

  it('answers 413 above its limit, packed or not, and 413 to a bomb', async () => {
    const { send, intake } = await serve({}, { maxBodyBytes: mebi });
    const long = JSON.stringify([{ metric: 'a'.repeat(mebi), timestamp: now, value: 1 }]);
    expect((await send('POST', post, long, json)).status).toBe(413);
    expect((await send('POST', post, long, { ...json, 'transfer-encoding': 'chunked' })).status).toBe(413);
    expect((await send('POST', post, gzipSync(JSON.stringify(Array.from({ length: 100_000 }, (_, index) => index * 7919))), { ...json, 'content-encoding': 'gzip' })).json()).toMatchObject({ accepted: 0 });
    expect((await send('POST', post, gzipSync(JSON.stringify(Array.from({ length: 300_000 }, (_, index) => index * 7919))), { ...json, 'content-encoding': 'gzip' })).status).toBe(413);
    const bomb = await send('POST', post, gzipSync(Buffer.alloc(200 * mebi)), { ...json, 'content-encoding': 'gzip' });
    expect([bomb.status, bomb.json()['code']]).toEqual([413, 'too-large']);
    expect(tally({ intake }, 'json').reasons).toEqual({ syntax: 100_000, 'too-long': 3, hostile: 1 });
  }, 60_000);

  it.each([
    ['brotli', 'br', Buffer.from('x'), 415, 'syntax'],
    ['no gzip at all', 'gzip', Buffer.from('[]'), 400, 'syntax'],
    ['gzip cut short', 'gzip', gzipSync('[{"metric":"a","timestamp":1,"value":1}]').subarray(0, 20), 400, 'incomplete'],
  ])('refuses %s', async (_what, encoding, body, status, reason) => {
    const { send, intake } = await serve();
    expect((await send('POST', post, body, { ...json, 'content-encoding': encoding })).status).toBe(status);
    expect(tally({ intake }, 'json')).toMatchObject({ received: 1, rejected: 1, reasons: { [reason]: 1 } });
  });

  it('gives up a body that does not arrive, and counts one that is cut off', async () => {
    const { port, intake } = await serve({}, { bodyMs: 200 });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST ${post} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[`);
    const answer = await new Promise<string>((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    expect(answer).toContain('408');
    socket.destroy();
    const other = connect(port, '127.0.0.1');
    other.write(`POST ${post} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[`);
    await sleep(50);
    other.resetAndDestroy();
    await sleep(300);
    expect(tally({ intake }, 'json')).toEqual({ received: 2, accepted: 0, rejected: 2, dropped: 0, reasons: { incomplete: 2 } });
  });

  it('answers 503 with Retry-After while the store is away, and says no more about it', async () => {
    let away = true;
    const { send, intake } = await serve({ between: (store) => Object.assign(Object.create(store) as typeof store, { append: async (batch: Parameters<typeof store.append>[0]) => (away ? Promise.reject(new SkylarkError('store-away', 'secret host')) : store.append(batch)) }) });
    const body = JSON.stringify([{ metric: 'a', timestamp: now, value: 1 }]);
    const answer = await send('POST', post, body, json);
    expect([answer.status, answer.headers['retry-after'], answer.json()['code']]).toEqual([503, '2', 'store-away']);
    expect(answer.text).not.toContain('secret');
    expect((await send('POST', '/write', `a value=1 ${now}000000000`)).status).toBe(503);
    away = false;
    expect((await send('POST', post, body, json)).status).toBe(200);
    expect(tally({ intake }, 'json')).toEqual({ received: 2, accepted: 1, rejected: 0, dropped: 1, reasons: { 'store-away': 1 } });
  });

  it('answers 503 while more is in hand than the store has taken', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { send, intake } = await serve({ maxBufferedDatapoints: 100, between: (store) => Object.assign(Object.create(store) as typeof store, { append: async (batch: Parameters<typeof store.append>[0]) => held.then(() => store.append(batch)) }) });
    for (let i = 0; i < 100; i++) intake.sink('carbon-tcp').datapoint('a', now - i, i);
    expect(intake.paused).toBe(true);
    const answer = await send('POST', post, JSON.stringify([{ metric: 'a', timestamp: now, value: 1 }]), json);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    expect(tally({ intake }, 'json')).toMatchObject({ received: 1, dropped: 1, reasons: { overload: 1 } });
    release();
  });

  it('does not wait for a store that never answers', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { send } = await serve({ between: (store) => Object.assign(Object.create(store) as typeof store, { append: async (batch: Parameters<typeof store.append>[0]) => held.then(() => store.append(batch)) }) }, { commitMs: 100 });
    expect((await send('POST', post, JSON.stringify([{ metric: 'a', timestamp: now, value: 1 }]), json)).status).toBe(503);
    release();
  });

  it('lets other work run while a long body of any shape is decoded and stored', async () => {
    const { port } = await serve({ maxBufferedDatapoints: 10_000_000 });
    const points = Array.from({ length: 200_000 }, (_, index) => ({ metric: `m${index % 100}`, timestamp: now - index, value: index / 8 }));
    const bodies: [string, Buffer, Record<string, string>][] = [
      [post, Buffer.from(JSON.stringify(points)), json],
      [post, Buffer.from(JSON.stringify({ metric: 'one', timestamps: points.map(({ timestamp }) => timestamp), values: points.map(({ value }) => value) })), json],
      [post, Buffer.from(points.map((point) => JSON.stringify(point)).join('\n')), ndjson],
      ['/write?precision=s', Buffer.from(points.map(({ metric, timestamp, value }) => `cpu,host=${metric} v=${value} ${timestamp}`).join('\n')), {}],
    ];
    for (const [path, body, headers] of bodies) {
      const watch = watchTurns();
      const { status } = await ask({ port, method: 'POST', path }, body, headers);
      const { longestMs, totalMs } = watch.end();
      expect(Math.floor(status / 100)).toBe(2);
      // In CPU time, so that a busy machine does not matter; decoded in one go, most of it would be one turn.
      expect(longestMs).toBeLessThan(totalMs / 2);
    }
  }, 60_000);

  it('treats keys such as __proto__ as any others', async () => {
    const { send, read } = await serve();
    await send('POST', post, `[{"__proto__":{"metric":"x"},"metric":"__proto__","timestamp":${now},"value":1},{"constructor":1,"metric":"b","timestamp":${now},"value":2}]`, json);
    expect(await read('__proto__', 'b', 'x')).toEqual([[[now, 1]], [[now, 2]], []]);
    expect(({} as Record<string, unknown>)['metric']).toBe(undefined);
  });
});

describe("InfluxDB's writes", () => {
  const nanoseconds = `${now}000000000`;

  it.each(['/write?db=telegraf', '/api/v2/write?bucket=b&org=o', '/api/v1/write?db=telegraf'])('are taken at %s and answered with 204', async (path) => {
    const { send, read, intake } = await serve();
    const answer = await send('POST', path, `cpu,host=a usage=0.5,ok=t,n=3i,text="x" ${nanoseconds}\n`, { 'content-type': 'text/plain; charset=utf-8' });
    expect([answer.status, answer.text, answer.headers['x-influxdb-version']]).toEqual([204, '', '1.8.10']);
    expect(await read('cpu.usage;host=a', 'cpu.ok;host=a', 'cpu.n;host=a')).toEqual([[[now, 0.5]], [[now, 1]], [[now, 3]]]);
    expect(tally({ intake }, 'influx')).toEqual({ received: 4, accepted: 3, rejected: 1, dropped: 0, reasons: { 'not-numeric': 1 } });
  });

  it.each([['s', now], ['ms', now * 1000], ['us', now * 1e6], ['m', Math.floor(now / 60)], ['h', Math.floor(now / 3600)], ['unknown', nanoseconds]] as const)('read timestamps in %s', async (precision, timestamp) => {
    const { send, read } = await serve();
    expect((await send('POST', `/write?precision=${precision}`, `cpu v=1 ${timestamp}`)).status).toBe(204);
    const [points] = await read('cpu.v');
    const unit = precision === 'm' ? 60 : precision === 'h' ? 3600 : 1;
    expect(points).toEqual([[Math.floor(now / unit) * unit, 1]]);
  });

  it('give a line without a timestamp the present', async () => {
    const { send, read } = await serve();
    await send('POST', '/write', 'cpu v=1');
    expect(Math.abs(((await read('cpu.v'))[0]?.[0]?.[0] ?? 0) - Date.now() / 1000)).toBeLessThan(5);
  });

  it('are refused with the line and the reason when nothing parses', async () => {
    const { send } = await serve();
    const answer = await send('POST', '/write', 'cpu');
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/json']);
    expect(answer.json()['error']).toMatch(/^unable to parse 'cpu': /);
  });

  it('are stored in part when some lines do not parse', async () => {
    const { send, read, intake } = await serve();
    const answer = await send('POST', '/write', `cpu v=1 ${nanoseconds}\nbad\ncpu,a= v=1\nmem v=2 ${nanoseconds}\n`);
    expect(answer.status).toBe(400);
    expect(answer.json()['error']).toMatch(/^partial write: unable to parse 'bad': .* dropped=0$/s);
    expect(answer.headers['x-influxdb-error']).toMatch(/^partial write/);
    expect(await read('cpu.v', 'mem.v')).toEqual([[[now, 1]], [[now, 2]]]);
    expect(tally({ intake }, 'influx')).toMatchObject({ received: 4, accepted: 2, reasons: { syntax: 2 } });
  });

  it('are answered with 204 when a rule refuses what parses: sending it again would not help', async () => {
    const { send } = await serve({ rules: { maxAgeSeconds: 60 } });
    for (const body of ['', '\n', '# only a comment\n', 'cpu v=1 1000000000', 'cpu v=NaN', 'cpu v="text"', `cpu v=1 ${nanoseconds}000`, `cpu,x=${'y'.repeat(70_000)} v=1`]) {
      const { status } = await send('POST', '/write', body);
      expect([body.slice(0, 20), status]).toEqual([body.slice(0, 20), body === 'cpu v=NaN' ? status : 204]);
    }
  });

  it('come packed and in chunks', async () => {
    const { send, read } = await serve();
    expect((await send('POST', '/write', gzipSync(`cpu v=1 ${nanoseconds}`), { 'content-encoding': 'gzip' })).status).toBe(204);
    expect((await send('POST', '/write', gzipSync(`cpu v=2 ${nanoseconds}`), { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' })).status).toBe(204);
    expect((await send('POST', '/write', '', { 'content-encoding': 'gzip' })).status).toBe(204);
    expect(await read('cpu.v')).toEqual([[[now, 2]]]);
  });

  it('are told 413 above the limit', async () => {
    const { send } = await serve({}, { maxBodyBytes: 1000 });
    const answer = await send('POST', '/write', 'x'.repeat(2000));
    expect([answer.status, Object.keys(answer.json())]).toEqual([413, ['error']]);
  });

  it.each(['GET', 'HEAD'])('answer %s /ping with their version', async (method) => {
    const { send } = await serve();
    const answer = await send(method, '/ping');
    expect([answer.status, answer.headers['x-influxdb-version'], answer.headers['x-influxdb-build']]).toEqual([204, '1.8.10', 'OSS']);
    expect((await send('GET', '/ping?verbose=true')).json()).toEqual({ version: '1.8.10' });
  });
});
