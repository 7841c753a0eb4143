import { describe, expect, it } from 'vitest';
import { startElasticsearch } from '../elasticsearch.js';

describe('the real Elasticsearch of the tests', () => {
  it('starts on a free port, comes back with its data after kill -9, and leaves nothing running', async (test) => {
    const server = await startElasticsearch();
    if ('missing' in server) {
      if (process.env['CI'] === 'true') throw new Error(server.missing);
      return test.skip(server.missing);
    }
    try {
      await fetch(`${server.url}/kept/_doc/1`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"a":1}' });
      const first = server.pid;
      await server.kill9();
      await expect(fetch(server.url)).rejects.toThrow();
      await server.restart();
      expect(server.pid).not.toBe(first);
      await expect.poll(async () => (await fetch(`${server.url}/kept/_doc/1`)).status, { timeout: 20_000 }).toBe(200);
    } finally {
      await server.stop();
    }
    expect(() => process.kill(server.pid, 0)).toThrow();
  }, 240_000);
});
