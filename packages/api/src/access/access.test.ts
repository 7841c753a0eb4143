import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, type AskOptions, finding, startApi } from '../../oracle/api-under-test.js';
import type { ExtraRoute } from '../http/extra-routes.js';
import { type Access, allows } from './access.js';

const tokens = [
  { name: 'reader', token: 'read-token-0123456789', may: 'read' },
  { name: 'writer', token: 'write-token-0123456789', may: 'write' },
  { name: 'admin', token: 'admin-token-0123456789', may: 'admin' },
] as const;

const done = async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
  response.statusCode = 204;
  response.end();
};
const extraRoutes: ExtraRoute[] = [
  { method: 'POST', path: '/api/v1/datapoints', handler: done },
  { method: 'POST', path: '/write', handler: done, challenge: 'influx' },
  { method: 'GET', path: '/ping', handler: done, challenge: 'influx', may: 'open' },
  { method: 'POST', path: '/api/v1/replay', handler: done, may: 'admin' },
];

/** The authorisation matrix: every route of the router has a row. */
const matrix: Readonly<Record<string, Access>> = {
  'GET /livez': 'open',
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'read',
  'GET /openapi.json': 'open',
  'POST /api/v1/datapoints': 'write',
  'POST /write': 'write',
  'GET /ping': 'open',
  'POST /api/v1/replay': 'admin',
  'GET /api/v1/metrics': 'read',
  'DELETE /api/v1/metrics': 'admin',
  'GET /api/v1/series': 'read',
  'GET /api/v1/anomalies': 'read',
  'GET /api/v1/anomalies/:id': 'read',
  'PATCH /api/v1/anomalies/:id': 'write',
  'POST /api/v1/search': 'read',
  'GET /api/v1/changes': 'read',
  'GET /api/v1/incidents': 'read',
  'GET /api/v1/incidents/:id': 'read',
  'GET /api/v1/budget': 'read',
  'PUT /api/v1/budget': 'write',
  'GET /api/v1/silences': 'read',
  'POST /api/v1/silences': 'write',
  'DELETE /api/v1/silences/:id': 'write',
  'GET /api/v1/calendars': 'read',
  'POST /api/v1/calendars': 'write',
  'DELETE /api/v1/calendars/:id': 'write',
  'GET /api/v1/notifications': 'read',
  'GET /api/v1/metrics/tree': 'read',
  'GET /api/v1/collections': 'read',
  'POST /api/v1/collections': 'write',
  'POST /api/v1/collections/import': 'write',
  'GET /api/v1/collections/:id': 'read',
  'GET /api/v1/collections/:id/export': 'read',
  'PATCH /api/v1/collections/:id': 'write',
  'POST /api/v1/collections/:id/comments': 'write',
  'DELETE /api/v1/collections/:id': 'write',
  'GET /api/v1/events': 'read',
  'GET /api/v1/status': 'read',
  'GET /api/v1/session': 'read',
  'POST /api/v1/session': 'open',
  'DELETE /api/v1/session': 'open',
  'GET /api': 'read',
  'GET /anomalies.json': 'read',
};

describe('who may', () => {
  let guarded: ApiUnderTest;
  let free: ApiUnderTest;
  beforeAll(async () => {
    guarded = await startApi({ access: { tokens }, extraRoutes });
    free = await startApi({ extraRoutes });
    await guarded.backend.anomalies.record([finding({ id: 'a', metric: 'm' })]);
  });
  afterAll(() => Promise.all([guarded.stop(), free.stop()]));

  /** What the router really holds. */
  function mounted(app: Express): string[] {
    const layers = app.router.stack as unknown as { route?: { path: string; stack: { method?: string }[]; methods: Record<string, boolean> } }[];
    return layers.flatMap(({ route }) => (route ? Object.keys(route.methods).filter((method) => method !== '_all').map((method) => `${method.toUpperCase()} ${route.path}`) : []));
  }

  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  /** Asks and leaves as soon as the status is known: an event stream never ends. */
  async function statusOf(api: ApiUnderTest, path: string, options: AskOptions): Promise<number> {
    const message = await api.open(path, options);
    message.destroy();
    return message.statusCode ?? 0;
  }

  describe('the authorisation matrix', () => {
    it('has a row for every route, and no other', () => {
      expect(mounted(guarded.api.app as Express).sort()).toEqual(Object.keys(matrix).sort());
      expect(guarded.api.routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(matrix).sort());
    });

    it.each(Object.entries(matrix))('%s asks for %s', async (name, asked) => {
      const [method = '', path = ''] = name.split(' ');
      const at = path.replace(':id', 'a');
      const options = method === 'GET' ? { method } : { method, body: {} };
      const refusals = [401, 403];
      const nobody = await statusOf(guarded, at, options);
      if (asked === 'open') expect(refusals).not.toContain(nobody);
      else expect(nobody).toBe(401);
      for (const { token, may } of tokens) {
        const status = await statusOf(guarded, at, { ...options, headers: bearer(token) });
        if (allows(may, asked)) expect(refusals, `${may} on ${name}`).not.toContain(status);
        else expect(status, `${may} on ${name}`).toBe(403);
      }
      expect(refusals).not.toContain(await statusOf(free, at, options));
    });
  });

  describe('credentials', () => {
    const { token } = tokens[0];
    const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

    it.each([`Bearer ${token}`, `bearer ${token}`, `Token ${token}`, basic('anybody', token), basic('', token)])('%s opens', async (authorization) => {
      expect((await guarded.ask('/api/v1/session', { headers: { authorization } })).json()).toEqual({ name: 'reader', may: 'read' });
    });

    it.each(['', 'Bearer', 'Bearer ', token, `Digest ${token}`, basic(token, ''), 'Basic !!!', basic('user', '').slice(0, 9)])('%j does not', async (authorization) => {
      const reply = await guarded.ask('/api/v1/session', { headers: { authorization } });
      expect(reply.status).toBe(401);
      expect(reply.json()).toMatchObject({ code: 'unauthorized' });
    });

    it('are not taken from the URL', async () => {
      expect((await guarded.ask(`/api/v1/status?token=${token}`)).status).toBe(401);
    });

    it('of any kind pass when no token is set', async () => {
      expect((await free.ask('/write', { method: 'POST', headers: { authorization: basic('root', '') } })).status).toBe(204);
      expect((await free.ask('/write', { method: 'POST', headers: { authorization: 'Token whatever' } })).status).toBe(204);
    });

    it('missing on an InfluxDB path are asked for as InfluxDB asks', async () => {
      const reply = await guarded.ask('/write', { method: 'POST', body: 'a b=1' });
      expect(reply.status).toBe(401);
      expect(reply.headers['www-authenticate']).toBe('Basic realm="InfluxDB"');
      expect(reply.json()).toEqual({ error: 'unable to parse authentication credentials' });
      expect((await guarded.ask('/ping')).status).toBe(204);
      expect((await guarded.ask('/write', { method: 'POST', headers: { authorization: basic('root', tokens[1].token) } })).status).toBe(204);
    });

    it('name who said something', async () => {
      const reply = await guarded.ask('/api/v1/anomalies/a', { method: 'PATCH', body: { note: 'mine' }, headers: bearer(tokens[1].token) });
      expect(reply.json()).toMatchObject({ note: 'mine', by: 'writer' });
    });

    it('appear in no log line and no answer', async () => {
      await guarded.ask('/api/v1/session', { headers: bearer('wrong-secret-value') });
      expect(JSON.stringify(guarded.logged)).not.toMatch(/wrong-secret-value|token-0123456789/);
    });
  });

  describe('a browser', () => {
    const own = (): string => `http://127.0.0.1:${guarded.port}`;
    const note = (headers: Record<string, string>) => guarded.ask('/api/v1/anomalies/a', { method: 'PATCH', body: { note: 'x' }, headers: { ...bearer(tokens[2].token), ...headers } });

    it('changes something from our own page with X-Skylark', async () => {
      expect((await note({ origin: own(), 'x-skylark': '1' })).status).toBe(200);
      expect((await note({ origin: own(), 'sec-fetch-site': 'same-origin', 'x-skylark': '1' })).status).toBe(200);
    });

    it('changes nothing otherwise', async () => {
      for (const headers of [
        { origin: own() },
        { origin: 'http://evil.example', 'x-skylark': '1' },
        { origin: 'null', 'x-skylark': '1' },
        { origin: `${own()}.evil.example`, 'x-skylark': '1' },
        { origin: `http://127.0.0.1:${guarded.port + 1}`, 'x-skylark': '1' },
        { origin: '', 'x-skylark': '1' },
        { 'sec-fetch-site': 'cross-site', 'x-skylark': '1' },
        { 'sec-fetch-site': 'same-site', origin: own(), 'x-skylark': '1' },
        { 'sec-fetch-site': 'none', 'x-skylark': '1' },
        { 'sec-fetch-site': 'same-origin' },
        { origin: own(), 'x-skylark': '0' },
      ]) {
        const reply = await note(headers);
        expect(reply.status, JSON.stringify(headers)).toBe(403);
        expect(reply.json()).toMatchObject({ code: 'forbidden' });
      }
    });

    it('may not even where no token is set', async () => {
      expect((await free.ask('/api/v1/metrics?query=*', { method: 'DELETE', headers: { origin: 'http://evil.example' } })).status).toBe(403);
      expect((await free.ask('/api/v1/datapoints', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    });

    it('gets no permission to read from another origin', async () => {
      const reply = await free.ask('/api/v1/status', { headers: { origin: 'http://evil.example' } });
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(reply.headers['cross-origin-resource-policy']).toBe('same-origin');
    });
  });

  describe('a page that signs in', () => {
    it('gets a cookie that opens what the token opens, until it signs out', async () => {
      const signedIn = await guarded.ask('/api/v1/session', { method: 'POST', body: { token: tokens[1].token } });
      expect(signedIn.json()).toEqual({ name: 'writer', may: 'write' });
      const [cookie = ''] = signedIn.headers['set-cookie'] ?? [];
      expect(cookie).toMatch(/^skylark_session=\d+\.[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
      expect(cookie).not.toContain(tokens[1].token);
      const sent = { cookie: `theme=dark; ${cookie.split(';')[0] ?? ''}` };
      expect((await guarded.ask('/api/v1/session', { headers: sent })).json()).toEqual({ name: 'writer', may: 'write' });
      expect(await statusOf(guarded, '/api/v1/events', { headers: sent })).toBe(200);
      expect((await guarded.ask('/api/v1/anomalies/a', { method: 'PATCH', body: { note: 'x' }, headers: sent })).status).toBe(403);
      expect((await guarded.ask('/api/v1/anomalies/a', { method: 'PATCH', body: { note: 'x' }, headers: { ...sent, 'x-skylark': '1' } })).json()).toMatchObject({ by: 'writer' });
      const out = await guarded.ask('/api/v1/session', { method: 'DELETE' });
      expect(out.status).toBe(204);
      expect(out.headers['set-cookie']?.[0]).toContain('Max-Age=0');
    });

    it('gets none for a wrong token', async () => {
      const reply = await guarded.ask('/api/v1/session', { method: 'POST', body: { token: 'wrong' } });
      expect(reply.status).toBe(401);
      expect(reply.headers['set-cookie']).toBeUndefined();
    });

    it('needs none where no token is set', async () => {
      expect((await free.ask('/api/v1/session')).json()).toEqual({ name: 'anonymous', may: 'admin' });
      expect((await free.ask('/api/v1/session', { method: 'POST', body: { token: '' } })).status).toBe(200);
    });
  });

  describe('guessing', () => {
    it('is slowed down per address, without locking out who was right before', async () => {
      const api = await startApi({ access: { tokens } });
      expect((await api.ask('/api/v1/status', { headers: bearer(tokens[0].token) })).status).toBe(200);
      const statuses: number[] = [];
      for (let i = 0; i < 25; i++) statuses.push((await api.ask('/api/v1/session', { method: 'POST', body: { token: `guess-${i}` } })).status);
      expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
      expect(statuses.slice(20)).toEqual(Array.from({ length: 5 }, () => 429));
      const right = await api.ask('/api/v1/session', { method: 'POST', body: { token: tokens[2].token } });
      expect(right.status).toBe(429);
      expect(right.headers['retry-after']).toBeDefined();
      expect(right.json()).toMatchObject({ code: 'too-many-attempts' });
      expect((await api.ask('/api/v1/status', { headers: bearer(tokens[0].token) })).status).toBe(200);
      expect((await api.ask('/livez')).status).toBe(200);
      await api.stop();
    });
  });

  describe('this machine', () => {
    it.each(['evil.example', 'evil.example:1500', '127.0.0.1.evil.example', 'localhost.evil.example', '169.254.169.254', '[::2]', 'localhost@evil'])('is not called %j: a rebound page may not ask', async (host) => {
      const reply = await free.ask('/api/v1/status', { headers: { host } });
      expect(reply.status).toBe(403);
      expect((await guarded.ask('/api/v1/status', { headers: { host, ...bearer(tokens[0].token) } })).status).toBe(200);
    });

    it.each(['localhost', 'localhost:1500', 'LOCALHOST', '127.0.0.1:80', '127.1.2.3', '[::1]:1500', 'skylark.localhost:1500'])('is called %s', async (host) => {
      expect((await free.ask('/api/v1/status', { headers: { host } })).status).toBe(200);
    });

    it('is called anything when the door was left open on purpose', async () => {
      const open = await startApi({ access: { tokens: [], insecure: true } });
      expect((await open.ask('/api/v1/status', { headers: { host: 'skylark.example' } })).status).toBe(200);
      await open.stop();
    });
  });
});
