import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, finding, startApi } from '../../oracle/api-under-test.js';
import { hostileNames } from '../../oracle/hostile-names.js';

/** Does it for all, ten at a time. */
async function together<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
}

describe('against hostile requests', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
    await together([...new Set(hostileNames)], (metric) => api.write(metric, [[1000, 1], [1010, 2]]));
  });
  afterAll(() => api.stop());

  const rejections: unknown[] = [];
  const note = (error: unknown): void => void rejections.push(error);
  beforeAll(() => void process.on('unhandledRejection', note));
  afterAll(() => {
    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
  });

  describe('hostile names', () => {
    it('are read back exactly', async () => {
      await together(hostileNames, async (metric) => {
        const series = await api.ask(`/api/v1/series?metric=${encodeURIComponent(metric)}`);
        expect(series.json(), metric).toMatchObject({ metric, points: 2 });
        const found = await api.ask(`/api/v1/metrics?mode=exact&internal=true&query=${encodeURIComponent(`=${metric}`)}`);
        expect(found.json<{ metrics: { metric: string }[] }>().metrics.map((one) => one.metric), metric).toEqual([metric]);
      });
    });

    it('are found in the list of all, each once', async () => {
      const { metrics } = (await api.ask('/api/v1/metrics?limit=1000&internal=true')).json<{ metrics: { metric: string }[] }>();
      expect(metrics.map(({ metric }) => metric)).toEqual([...new Set(hostileNames)].sort());
    });

    it('break no query, of any mode', async () => {
      await together(hostileNames, async (metric) => {
        for (const mode of ['', '&mode=glob', '&mode=regex']) expect([200, 400], metric).toContain((await api.ask(`/api/v1/metrics?limit=5&query=${encodeURIComponent(metric)}${mode}`)).status);
        expect([200, 400], metric).toContain((await api.ask(`/api/v1/anomalies?limit=5&query=${encodeURIComponent(metric)}`)).status);
      });
    });

    it('pass through anomalies and remarks unchanged', async () => {
      await api.backend.anomalies.record(hostileNames.map((metric, i) => finding({ id: `hostile-${i}`, metric, explanation: metric })));
      await together([...hostileNames.entries()], async ([i, metric]) => {
        const reply = await api.ask(`/api/v1/anomalies/hostile-${i}`, { method: 'PATCH', body: { note: metric } });
        expect(reply.json(), metric).toMatchObject({ metric, explanation: metric, note: metric });
      });
    });
  });

  describe('prototype pollution', () => {
    const keys = ['__proto__', 'constructor', 'prototype', 'toString'];

    it('is refused as an unknown field on every route', async () => {
      for (const key of keys) {
        for (const { method, path, schemas } of api.api.routes) {
          if (path === '/api/v1/events') continue;
          const at = path.replace(':id', 'hostile-0');
          expect((await api.ask(`${at}?${key}=1&${key}.polluted=1`, { method, ...(schemas.body ? { body: {} } : {}) })).status, `${method} ${at}`).toBe(400);
          if (!schemas.body) continue;
          const body = `{"${key}":{"polluted":true}}`;
          expect((await api.ask(at, { method, body, headers: { 'content-type': 'application/json' } })).status, `${method} ${at}`).toBe(400);
        }
      }
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });
  });

  describe('what does not fit', () => {
    it('is a problem document with a code and the id of the request', async () => {
      const reply = await api.ask('/api/v1/nothing', { headers: { 'x-request-id': 'my-request-1' } });
      expect(reply.status).toBe(404);
      expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(reply.json()).toEqual({ type: 'urn:skylark:problem:unknown-route', title: 'There is nothing at this address', status: 404, detail: '/api/v1/nothing', code: 'unknown-route', requestId: 'my-request-1' });
      expect(reply.headers['x-request-id']).toBe('my-request-1');
    });

    it('gets an id of ours when its own is not plain', async () => {
      const ids = await Promise.all(['short', 'a'.repeat(100), 'with space in it'].map(async (id) => (await api.ask('/nothing', { headers: { 'x-request-id': id } })).json()['requestId']));
      for (const id of ids) expect(id).toMatch(/^[\da-f-]{36}$/);
    });

    it.each(['/api/v1', '/api/v1/', '/api/v1/metrics/', '/API/v1/metrics', '/api/v2/metrics', '/api/v1/collection', '/render', '/.env', '/..%2f..%2fetc%2fpasswd', '//', '/%00'])('404: %s', async (path) => {
      expect((await api.ask(path)).status).toBe(404);
    });

    it('405: names the methods that are allowed', async () => {
      for (const { method, path } of [{ method: 'POST', path: '/api/v1/metrics' }, { method: 'PUT', path: '/api/v1/anomalies/a' }, { method: 'GET', path: '/api/v1/search' }, { method: 'DELETE', path: '/livez' }, { method: 'OPTIONS', path: '/api/v1/search' }, { method: 'PROPFIND', path: '/api' }]) {
        const reply = await api.ask(path, { method });
        expect(reply.status, `${method} ${path}`).toBe(405);
        expect(reply.json()).toMatchObject({ code: 'wrong-method' });
      }
      expect((await api.ask('/api/v1/metrics', { method: 'PUT' })).headers['allow']).toBe('GET, HEAD, DELETE');
    });

    it('answers HEAD like GET without a body', async () => {
      for (const { method, path } of api.api.routes) {
        if (method !== 'GET') continue;
        const reply = await api.ask(path === '/api/v1/series' ? `${path}?metric=a.b` : path.replace(':id', 'nobody'), { method: 'HEAD' });
        expect([200, 404], path).toContain(reply.status);
        expect(reply.text, path).toBe('');
      }
    });

    it('413: a body over the limit, plain or a bomb', async () => {
      const big = JSON.stringify({ values: Array.from({ length: 1_000_000 }, () => 1.25) });
      expect((await api.ask('/api/v1/search', { method: 'POST', body: big, headers: { 'content-type': 'application/json' } })).status).toBe(413);
      const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024, ' '));
      const reply = await api.ask('/api/v1/search', { method: 'POST', body: bomb, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } });
      expect(reply.status).toBe(413);
      expect(reply.json()).toMatchObject({ code: 'too-large' });
    });

    it('415: a body that is not JSON', async () => {
      for (const headers of [{}, { 'content-type': 'text/plain' }, { 'content-type': 'application/x-www-form-urlencoded' }, { 'content-type': 'multipart/form-data; boundary=x' }, { 'content-type': 'application/json; charset=klingon' }, { 'content-type': 'application/json', 'content-encoding': 'zstd9' }]) {
        const reply = await api.ask('/api/v1/search', { method: 'POST', body: '{"metric":"a"}', headers });
        expect(reply.status, JSON.stringify(headers)).toBe(415);
        expect(reply.json()).toMatchObject({ code: 'unsupported-type' });
      }
    });

    it('400: a body that is broken, empty or no object', async () => {
      for (const body of ['{', '{"metric":}', 'null', '7', '"text"', '[]', '{"metric":"a"} x', '\ufeff', '', '['.repeat(100_000)]) {
        const reply = await api.ask('/api/v1/search', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
        expect(reply.status, body.slice(0, 20)).toBe(400);
        expect(reply.text).not.toMatch(/\bat .*\.(ts|js):\d+/);
      }
      expect((await api.ask('/api/v1/search', { method: 'POST' })).status).toBe(400);
      const broken = await api.ask('/api/v1/search', { method: 'POST', body: 'not gzip', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } });
      expect(broken.status).toBe(400);
    });

    it('says which field is wrong', async () => {
      const reply = await api.ask('/api/v1/search', { method: 'POST', body: { metric: 'a', band: 7, exclude: [1] } });
      expect(reply.json()['errors']).toEqual([expect.objectContaining({ in: 'body', path: 'band' }), expect.objectContaining({ in: 'body', path: 'exclude.0' })]);
    });

    it('500: tells nobody what went wrong inside, and logs it under the same id', async () => {
      const broken = await startApi({ read: { search: () => Promise.reject(new Error('at /home/secret/file.ts:7')) } });
      const reply = await broken.ask('/api/v1/search', { method: 'POST', body: { metric: 'a' } });
      expect(reply.status).toBe(500);
      expect(reply.json()).toEqual({ type: 'urn:skylark:problem:internal', title: 'Something went wrong inside Skylark', status: 500, code: 'internal', requestId: expect.any(String) as string });
      const [line] = broken.logged.filter(({ event }) => event === 'api.failed');
      expect(line?.fields).toMatchObject({ requestId: reply.json()['requestId'], path: '/api/v1/search' });
      await broken.stop();
    });

    it('503: a store that is closed or away refuses, and says when to come again', async () => {
      const away = await startApi();
      await away.backend.close();
      for (const path of ['/api/v1/metrics', '/api/v1/series?metric=a', '/api/v1/anomalies', '/api/v1/status']) {
        const reply = await away.ask(path);
        expect(reply.status, path).toBe(503);
        expect(reply.headers['retry-after']).toBe('5');
        expect(reply.json()).toMatchObject({ code: 'store-closed' });
      }
      expect((await away.ask('/livez')).status).toBe(200);
      await away.stop();
    });

    it('survives garbage where HTTP should be', async () => {
      for (const garbage of ['\0\0\0\0', 'GET', 'GET / HTTP/9.9\r\n\r\n', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`, 'POST /api/v1/search HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', '{"json":true}\n']) {
        const socket = connect(api.port, api.host);
        await new Promise<void>((resolve) => {
          socket.once('close', () => resolve());
          socket.once('error', () => undefined);
          socket.resume();
          socket.end(garbage);
        });
      }
      expect((await api.ask('/livez')).status).toBe(200);
    });
  });
});
