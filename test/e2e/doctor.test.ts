import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runSkylark } from '../product.js';
import { requireProgram } from '../requirements.js';
import { startRedis } from '../servers/redis.js';
import { sharedServer } from '../servers/shared-server.js';

const folder = mkdtempSync(join(tmpdir(), 'skylark-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
/** Nothing runs at this address, and every listener would take a free port. */
const alone = { SKYLARK_API__PORT: '0', SKYLARK_HORIZON__CARBON__PORT: '0', SKYLARK_HORIZON__PICKLE__PORT: '0' };
const doctor = async (environment: Readonly<Record<string, string>>, ...args: string[]) => {
  const { status, stdout } = await runSkylark(['doctor', '--json', '--url', 'http://127.0.0.1:1', ...args], { environment: { ...alone, ...environment } });
  return { status, findings: stdout.trim().split('\n').map((line) => JSON.parse(line) as { check: string; ok: boolean; message: string }) };
};

describe('skylark doctor with servers', () => {
  it('ends with 0 at servers as they should be, and with 1, saying what to set, at one that is not', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const elasticsearch = { SKYLARK_ELASTICSEARCH__NODE: await sharedServer('elasticsearch', test) };
    const [good, bad] = [await startRedis(), await startRedis({ args: ['--maxmemory-policy', 'volatile-lru'] })];
    try {
      const well = await doctor({ ...elasticsearch, SKYLARK_REDIS__URL: good.url });
      expect(well.findings.filter(({ ok, check }) => !ok && !['running', 'elasticsearch disk'].includes(check))).toEqual([]);
      expect(well.findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['node', 'redis appendfsync', 'elasticsearch version']));
      expect(well.findings.map(({ check }) => check)).not.toContain('data folder');
      const ill = await doctor({ ...elasticsearch, SKYLARK_REDIS__URL: bad.url });
      expect(ill.status).toBe(1);
      expect(ill.findings.find(({ check }) => check === 'redis maxmemory-policy')).toMatchObject({ ok: false, message: expect.stringContaining('set maxmemory-policy noeviction') as string });
    } finally {
      await good.stop();
      await bad.stop();
    }
  }, 60_000);

  it('ends with 3 where a server does not answer, and says the rest all the same', async () => {
    const { status, findings } = await doctor({ SKYLARK_REDIS__URL: 'redis://:geheim@127.0.0.1:1', SKYLARK_ELASTICSEARCH__NODE: 'http://127.0.0.1:1' });
    expect(status).toBe(3);
    expect(findings).toEqual(expect.arrayContaining([expect.objectContaining({ check: 'redis', ok: false }), expect.objectContaining({ check: 'elasticsearch', ok: false }), expect.objectContaining({ check: 'node', ok: true })]));
    expect(JSON.stringify(findings)).not.toContain('geheim');
  }, 60_000);

  it('looks at the folder where the embedded store is meant', async () => {
    const { status, findings } = await doctor({}, '--data', join(folder, 'not', 'made'));
    expect(status).toBe(0);
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['data folder', 'disk']));
    expect(findings.some(({ check }) => check.startsWith('redis'))).toBe(false);
  });
});
