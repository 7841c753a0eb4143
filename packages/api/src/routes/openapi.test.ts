import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, finding, startApi } from '../../oracle/api-under-test.js';
import type { Route } from '../http/route.js';

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, { summary: string; parameters?: { name: string; in: string; required?: boolean }[]; requestBody?: unknown; responses: Record<string, unknown>; security?: unknown[] }>>;
  readonly components: { readonly schemas: Record<string, { properties: Record<string, unknown> }> };
}

describe('OpenAPI', () => {
  let api: ApiUnderTest;
  let page: OpenApi;
  beforeAll(async () => {
    api = await startApi({ extraRoutes: [{ method: 'POST', path: '/write', handler: async () => undefined, challenge: 'influx' }] });
    await api.write('web.cpu', [[1000, 1], [1010, 2], [1020, 5]]);
    await api.backend.anomalies.record([finding({ id: 'a', metric: 'web.cpu' })]);
    page = (await api.ask('/openapi.json')).json<OpenApi>();
  });
  afterAll(() => api.stop());

  describe('/openapi.json', () => {
    it('describes every route that is served', () => {
      expect(page).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
      const described = Object.entries(page.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
      expect(described.sort()).toEqual(api.api.routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/, '{$1}')}`).sort());
    });

    it('is made of the validators: their parameters, bodies and refusals', () => {
      const series = page.paths['/api/v1/series']?.['get'];
      expect(series?.parameters?.map(({ name, required }) => [name, required === true])).toEqual([['metric', true], ['from', false], ['until', false], ['maxPoints', false]]);
      expect(Object.keys(series?.responses ?? {})).toEqual(expect.arrayContaining(['200', '400', '401', '403', '404']));
      expect(page.paths['/api/v1/search']?.['post']?.requestBody).toBeDefined();
      expect(Object.keys(page.components.schemas)).toEqual(expect.arrayContaining(['Anomaly', 'Problem', 'SearchAnswer', 'SearchRequest', 'Series', 'Status']));
      expect(page.paths['/livez']?.['get']?.security).toBeUndefined();
      expect(page.paths['/api/v1/status']?.['get']?.security).toBeDefined();
    });

    it.each<[string, string, unknown?]>([
      ['GET', '/api/v1/metrics?query=web'],
      ['GET', '/api/v1/series?metric=web.cpu'],
      ['GET', '/api/v1/series?metric=web.cpu&maxPoints=2'],
      ['GET', '/api/v1/anomalies'],
      ['GET', '/api/v1/anomalies/a'],
      ['PATCH', '/api/v1/anomalies/a', { acknowledged: true }],
      ['POST', '/api/v1/search', { metric: 'web.cpu', explain: true }],
      ['GET', '/api/v1/status'],
      ['GET', '/api/v1/session'],
      ['GET', '/api?metric=web.cpu'],
      ['GET', '/openapi.json'],
      ['DELETE', '/api/v1/metrics?query=%3Dnobody'],
    ])('%s %s answers as it says', async (method, path, body) => {
      const reply = await api.ask(path, { method, ...(body === undefined ? {} : { body }) });
      expect(reply.status).toBe(200);
      const schema = routeOf(method, path)?.answers[200]?.schema;
      expect(schema?.safeParse(reply.json()).error).toBeUndefined();
      expect(schema).toBeDefined();
    });
  });

  function routeOf(method: string, path: string): Route | undefined {
    const [at = ''] = path.split('?');
    return api.api.routes.find((route) => route.method === method && new RegExp(`^${route.path.replace(/:\w+/, '[^/]+')}$`).test(at));
  }
});
