import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, startApi } from '../../oracle/api-under-test.js';
import { hostileNames } from '../../oracle/hostile-names.js';

const page = '<!doctype html><title>Skylark</title><script type="module" src="/assets/main-abc123.js"></script>';
describe('pages', () => {
  let folder: string;
  let api: ApiUnderTest;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'skylark-pages-'));
    mkdirSync(join(folder, 'site', 'assets'), { recursive: true });
    writeFileSync(join(folder, 'secret.txt'), 'treasure');
    writeFileSync(join(folder, 'site', 'index.html'), page);
    writeFileSync(join(folder, 'site', 'skylark.svg'), '<svg/>');
    writeFileSync(join(folder, 'site', '.hidden'), 'hidden');
    writeFileSync(join(folder, 'site', 'assets', 'main-abc123.js'), 'export {}');
    api = await startApi({ read: { dashboardFolder: join(folder, 'site') }, access: { tokens: [{ name: 'a', token: 'token-0123456789abcdef', may: 'admin' }] } });
  });
  afterAll(async () => {
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('the dashboard', () => {
    it('is one page for every address that is a page, also for who has no token yet', async () => {
      for (const path of ['/', '/?from=now-1h', '/metric/web.cpu', '/similar', '/similar?metric=a', '/draw', '/names', '/collections', '/collections/7', '/incidents', '/pipeline', '/settings']) {
        const reply = await api.ask(path);
        expect(reply.status, path).toBe(200);
        expect(reply.text).toBe(page);
        expect(reply.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
      }
    });

    it('has a page for every metric, whatever it is called', async () => {
      for (const name of hostileNames) expect((await api.ask(`/metric/${encodeURIComponent(name)}`)).status, name).toBe(200);
    });

    it('is not behind addresses that are no pages', async () => {
      for (const path of ['/metric', '/metric/', '/render', '/tags', '/functions', '/settingsx', '/index.php', '/assets/other.js', '/.hidden', '/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/assets/%2e%2e/%2e%2e/secret.txt', '/skylark.svg%00.html']) {
        const reply = await api.ask(path);
        expect(reply.status, path).toBe(404);
        expect(reply.text).not.toContain('treasure');
      }
      expect((await api.ask('/', { method: 'POST' })).status).toBe(404);
    });

    it('lets browsers keep files with a hash in their name, and ask again for the others', async () => {
      expect((await api.ask('/assets/main-abc123.js')).headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', 'content-type': 'text/javascript; charset=utf-8' });
      expect((await api.ask('/skylark.svg')).headers).toMatchObject({ 'cache-control': 'no-cache', 'content-type': 'image/svg+xml' });
    });

    it('comes with a policy that allows nothing inline and nothing foreign', async () => {
      const { headers } = await api.ask('/');
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY', 'cross-origin-resource-policy': 'same-origin', 'cross-origin-opener-policy': 'same-origin' });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('strict-transport-security');
    });

    it('has a nonce of its own for a style that a library injects, where the page asks for one', async () => {
      writeFileSync(join(folder, 'site', 'index.html'), '<meta property="csp-nonce" nonce="__CSP_NONCE__">');
      const [first, second] = await Promise.all([api.ask('/'), api.ask('/')]);
      const nonce = /nonce="([^"]+)"/.exec(first.text)?.[1] ?? '';
      expect(nonce).toMatch(/^[\w+/]{22}==$/);
      expect(first.headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonce}'`);
      expect(first.headers['content-security-policy']).toContain("script-src 'self';");
      expect(second.text).not.toBe(first.text);
      writeFileSync(join(folder, 'site', 'index.html'), page);
    });
  });
});
