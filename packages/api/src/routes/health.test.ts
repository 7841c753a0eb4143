import { afterEach, describe, expect, it } from 'vitest';
import { type ApiUnderTest, startApi, systemClock, type UnderTestOptions } from '../../oracle/api-under-test.js';

describe('health', () => {
  let api: ApiUnderTest | undefined;
  const start = async (options: UnderTestOptions = {}): Promise<ApiUnderTest> => (api = await startApi({ read: null, ...options }));
  afterEach(async () => {
    await api?.stop();
    api = undefined;
  });

  describe('/livez and /healthz', () => {
    it('are fine whatever the rest is', async () => {
      const { ask } = await start({ probes: [() => [{ name: 'store', ok: false, reason: 'away' }]] });
      for (const path of ['/livez', '/healthz', '/livez?verbose']) expect(await ask(path)).toMatchObject({ status: 200, text: 'ok\n' });
    });
  });

  describe('/readyz', () => {
    it('is ready when every check is', async () => {
      const { ask } = await start();
      expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'ready\n' });
      const lines = (await ask('/readyz?verbose')).text.split('\n');
      expect(lines).toContain('[+]store ok');
      expect(lines).toContain('[+]loop ok');
    });

    it('is not ready when one is not, and says which and why', async () => {
      const { ask } = await start({
        probes: [
          async () => [{ name: 'store', ok: true }, { name: 'durability', ok: true, reason: 'fsync each flush' }],
          () => [{ name: 'lag', ok: false, reason: 'the last round is\r\n[+]old' }],
        ],
      });
      expect(await ask('/readyz')).toMatchObject({ status: 503, text: 'not ready\n' });
      const { status, text, headers } = await ask('/readyz?verbose');
      expect(status).toBe(503);
      expect(headers['content-type']).toContain('text/plain');
      expect(text.split('\n')).toEqual(expect.arrayContaining(['[+]store ok', '[+]durability ok fsync each flush', '[-]lag the last round is [+]old', 'not ready']));
    });

    it('is not ready when a check fails or hangs', async () => {
      const { ask } = await start({ probes: [() => Promise.reject(new Error('secret path'))] });
      const { status, text } = await ask('/readyz?verbose');
      expect(status).toBe(503);
      expect(text).toContain('[-]');
      expect(text).not.toContain('secret');
      await api?.stop();
      const hasty = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 50), signal) };
      const hanging = await start({ clock: hasty, probes: [() => new Promise(() => undefined)] });
      expect((await hanging.ask('/readyz?verbose')).text).toMatch(/\[-\].*no answer within/);
    });

    it('turns not ready first of all when the process drains, while it still answers', async () => {
      const { ask, api: served } = await start();
      served.drain();
      expect(await ask('/readyz?verbose')).toMatchObject({ status: 503, text: expect.stringContaining('[-]draining') as string });
      expect((await ask('/livez')).status).toBe(200);
    });

    it('shows a door left open', async () => {
      const { ask } = await start({ access: { tokens: [], insecure: true } });
      expect((await ask('/readyz?verbose')).text).toContain('[+]access ok anybody may all');
    });
  });

  describe('/metrics', () => {
    it('shows samples, node and build in Prometheus text', async () => {
      const { ask } = await start({
        samplers: [
          () => [
            { name: 'skylark_ingest_received_total', help: 'Items received', kind: 'counter', labels: { protocol: 'json' }, value: 3 },
            { name: 'skylark_ingest_received_total', help: 'Items received', kind: 'counter', labels: { protocol: 'carbon-tcp' }, value: 2.5 },
            { name: 'skylark_store_bytes', help: 'Bytes', kind: 'gauge', labels: {}, value: 1e15 },
          ],
          () => [{ name: 'skylark_ingest_received_total', help: 'Items received', kind: 'counter', labels: { protocol: 'json' }, value: 4 }],
        ],
      });
      const { status, headers, text } = await ask('/metrics');
      expect(status).toBe(200);
      expect(headers['content-type']).toContain('text/plain; version=0.0.4');
      for (const line of [
        '# TYPE skylark_ingest_received_total counter',
        'skylark_ingest_received_total{protocol="json"} 7',
        'skylark_ingest_received_total{protocol="carbon-tcp"} 2.5',
        'skylark_store_bytes 1000000000000000',
        `skylark_build_info{version="1.2.3",node="${process.versions.node}"} 1`,
      ]) {
        expect(text.split('\n')).toContain(line);
      }
      expect(text).toMatch(/^process_cpu_seconds_total /m);
      expect(text).toMatch(/^skylark_event_loop_delay_seconds\{quantile="0.99"\} /m);
    });

    it('leaves out what is no figure, and who cannot say', async () => {
      const { ask, logged } = await start({
        samplers: [
          () => [{ name: 'bad name', help: 'x', kind: 'gauge', labels: {}, value: 1 }, { name: 'skylark_nan', help: 'x', kind: 'gauge', labels: {}, value: Number.NaN }, { name: 'skylark_good', help: 'x', kind: 'gauge', labels: {}, value: 1 }],
          () => {
            throw new Error('broken');
          },
        ],
      });
      const { status, text } = await ask('/metrics');
      expect(status).toBe(200);
      expect(text).toContain('skylark_good 1');
      expect(text).not.toContain('NaN');
      expect(logged.map(({ event }) => event)).toEqual(expect.arrayContaining(['api.bad-sample', 'api.sampler-failed']));
    });
  });

  describe('a role without the api', () => {
    it('serves health, figures and OpenAPI, and nothing else', async () => {
      const { ask, api: served } = await start();
      expect(served.routes.map(({ path }) => path).sort()).toEqual(['/healthz', '/livez', '/metrics', '/openapi.json', '/readyz']);
      for (const path of ['/', '/api/v1/metrics', '/api/v1/status', '/index.html']) expect((await ask(path)).status).toBe(404);
    });
  });
});
