import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('api-hardened.mjs', import.meta.url));

it('the API works where Object.prototype.__proto__ is gone, and __proto__ is a name like any other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-hardened-'));
  const child = spawn(process.execPath, ['--disable-proto=delete', script, folder], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = once(child, 'exit');
  const [line] = (await Promise.race([once(child.stdout, 'data'), exited.then(() => Promise.reject(new Error(errors)))])) as [Buffer];
  const ask = async (path: string, init?: RequestInit): Promise<[number, unknown]> => {
    const response = await fetch(`http://127.0.0.1:${line.toString().trim()}${path}`, init);
    const text = await response.text();
    return [response.status, text.startsWith('{') ? (JSON.parse(text) as unknown) : text];
  };
  expect(await ask('/api/v1/series?metric=__proto__')).toMatchObject([200, { metric: '__proto__', values: [3] }]);
  expect(await ask('/api/v1/metrics?query=web')).toMatchObject([200, { metrics: [{ metric: 'web.cpu' }] }]);
  expect(await ask('/api/v1/anomalies')).toMatchObject([200, { total: 0 }]);
  expect(await ask('/api/v1/search', { method: 'POST', body: '{"metric":"web.cpu"}', headers: { 'content-type': 'application/json' } })).toMatchObject([200, { matches: [] }]);
  expect(await ask('/api/v1/search', { method: 'POST', body: '{"__proto__":{"metric":"web.cpu"}}', headers: { 'content-type': 'application/json' } })).toMatchObject([400, { code: 'bad-request' }]);
  for (const path of ['/livez', '/readyz?verbose', '/metrics', '/openapi.json', '/api/v1/status', '/anomalies.json']) expect((await ask(path))[0], path).toBe(200);
  child.stdin.end();
  expect(await exited).toEqual([0, null]);
  expect(errors.replace(/^.*ExperimentalWarning.*$/gm, '').trim()).toBe('');
  rmSync(folder, { recursive: true, force: true });
});
