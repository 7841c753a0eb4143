import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '@skylark/core';
import { requireProgram } from '../../../../test/requirements.js';
import { startPrimaryAndReplica, startRedis, startRedisCluster } from '../../../../test/servers/redis.js';
import { sharedServer } from '../../../../test/servers/shared-server.js';
import { openElasticsearchIndex } from '../elasticsearch/open-elasticsearch-index.js';
import { silentLogger } from '@skylark/core';
import { examineElasticsearch } from './examine-elasticsearch.js';
import { examineRedis } from './examine-redis.js';
import type { ServerFinding } from './server-finding.js';

const clock: Clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function kept<Server extends { stop(): Promise<void> }>(server: Server): Server {
  ends.push(() => server.stop());
  return server;
}

const notWell = (findings: readonly ServerFinding[]): string[] => findings.filter(({ ok }) => !ok).map(({ check, message }) => `${check}: ${message}`);

describe('examineRedis', () => {
  it('finds nothing to change at a Redis as it should be', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const { url } = kept(await startRedis());
    const findings = await examineRedis({ settings: { url, ack: 'local' }, clock });
    expect(notWell(findings)).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(['redis', 'redis version', 'redis appendonly', 'redis appendfsync', 'redis maxmemory-policy', 'redis memory', 'redis replicas', 'redis clock']);
  });

  it('says of each setting that is wrong what to set', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const { url } = kept(await startRedis({ args: ['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru', '--maxmemory', '1100kb'] }));
    const found = notWell(await examineRedis({ settings: { url, ack: 'replicated' }, clock: { ...clock, now: () => Date.now() / 1000 - 90 } }));
    expect(found).toEqual([
      expect.stringMatching(/^redis appendonly: no: .*set appendonly yes/),
      expect.stringMatching(/^redis maxmemory-policy: allkeys-lru: .*set maxmemory-policy noeviction/),
      expect.stringMatching(/^redis memory: 1 of 1 MiB used: .*raise maxmemory/),
      expect.stringMatching(/^redis replicas: none, but redis.ack is replicated/),
      expect.stringMatching(/^redis clock: 90\.\d+ s ahead of this machine: .*NTP/),
    ]);
    const lazy = kept(await startRedis({ args: ['--appendfsync', 'no'] }));
    expect(notWell(await examineRedis({ settings: { url: lazy.url, ack: 'local' }, clock }))).toEqual([expect.stringMatching(/^redis appendfsync: no: .*everysec/)]);
  });

  it('counts replicas, and tells a replica from its primary', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const { primary, replica } = kept(await startPrimaryAndReplica());
    expect(notWell(await examineRedis({ settings: { url: primary.url, ack: 'replicated' }, clock }))).toEqual([]);
    expect(notWell(await examineRedis({ settings: { url: replica.url, ack: 'local' }, clock }))).toEqual([expect.stringMatching(new RegExp(`^redis role: a replica of 127\\.0\\.0\\.1:${primary.port}`))]);
  });

  it('looks at every primary of a Cluster, and sees one that is configured as none', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const cluster = kept(await startRedisCluster());
    const findings = await examineRedis({ settings: { cluster: cluster.addresses, ack: 'local' }, clock });
    expect(notWell(findings)).toEqual([]);
    expect(findings.filter(({ check }) => check.startsWith('redis cluster (127.0.0.1:'))).toHaveLength(3);
    expect(notWell(await examineRedis({ settings: { url: `redis://${cluster.addresses[0]}`, ack: 'local' }, clock }))).toEqual([expect.stringMatching(/^redis cluster: .*redis\.cluster/)]);
  });

  it('says where nothing answers, and why, without the password', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const [away] = await examineRedis({ settings: { url: 'redis://:geheim@127.0.0.1:1', ack: 'local' }, clock, waitMs: 300 });
    expect(away).toMatchObject({ check: 'redis', ok: false, isUnreachable: true, message: expect.stringMatching(/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/) as string });
    expect(away?.message).not.toContain('geheim');
    const { port } = kept(await startRedis({ args: ['--requirepass', 'right'] }));
    expect(await examineRedis({ settings: { url: `redis://127.0.0.1:${port}`, ack: 'local' }, clock, waitMs: 500 })).toMatchObject([{ isUnreachable: true, message: expect.stringContaining('NOAUTH') as string }]);
  });
});

describe('examineElasticsearch', () => {
  it('finds nothing to change at one as it should be, before and after the first index', async (test) => {
    const node = await sharedServer('elasticsearch', test);
    const prefix = `doctor-${process.pid}`;
    const before = await examineElasticsearch({ node, prefix, clock });
    expect(notWell(before).filter((line) => !line.startsWith('elasticsearch disk'))).toEqual([]);
    expect(before.map(({ check }) => check)).toEqual(['elasticsearch', 'elasticsearch health', 'elasticsearch version', 'elasticsearch disk', 'elasticsearch blocks', 'elasticsearch templates', 'elasticsearch mapping']);
    const index = await openElasticsearchIndex({ node, prefix, clock, logger: silentLogger, random: Math.random });
    ends.push(() => index.close(), () => fetch(`${node}/${prefix}-*`, { method: 'DELETE' }), () => fetch(`${node}/_index_template/${prefix}-*`, { method: 'DELETE' }));
    await index.put([{ id: 'a', metric: 'm', kind: 'deviation', score: 50, start: 1_700_000_000, end: null, from: 1_700_000_000, until: 1_700_000_060, timestamps: Float64Array.of(1_700_000_000, 1_700_000_001), values: Float64Array.of(1, 2), fingerprint: 'inc', vector: new Float32Array(32).fill(Math.SQRT1_2 / 4) }]);
    const after = await examineElasticsearch({ node, prefix, clock });
    expect(notWell(after).filter((line) => !line.startsWith('elasticsearch disk'))).toEqual([]);
    expect(after.find(({ check }) => check === 'elasticsearch mapping')?.message).toMatch(/^\d+ indices, strict/);
    expect(after.find(({ check }) => check === 'elasticsearch templates')?.message).toContain(prefix);
  });

  it('names OpenSearch, and what it lacks', async (test) => {
    const found = await examineElasticsearch({ node: await sharedServer('opensearch', test), prefix: `doctor-${process.pid}`, clock });
    expect(notWell(found).filter((line) => !line.startsWith('elasticsearch disk'))).toEqual([]);
    expect(found.find(({ check }) => check === 'elasticsearch version')?.message).toMatch(/^OpenSearch [123]\.\d+\.\d+; no dense_vector: .* reading all shapes/);
  });

  it('sees an index that took any mapping, and one that is blocked', async (test) => {
    const node = await sharedServer('elasticsearch', test);
    const prefix = `doctor-loose-${process.pid}`;
    const put = (path: string, body: unknown): Promise<Response> => fetch(`${node}/${path}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    ends.push(() => fetch(`${node}/${prefix}-*`, { method: 'DELETE' }));
    expect((await put(`${prefix}-anomalies-2023.11-abc`, {})).status).toBe(200);
    await put(`${prefix}-anomalies-2023.11-abc/_settings`, { 'index.blocks.read_only_allow_delete': true });
    const found = notWell(await examineElasticsearch({ node, prefix, clock })).filter((line) => !line.startsWith('elasticsearch disk'));
    expect(found).toEqual([expect.stringMatching(/^elasticsearch blocks: .*-2023\.11-abc: read-only/), expect.stringMatching(/^elasticsearch mapping: .*-2023\.11-abc is not strict/)]);
  });

  /** A server that says what this machine's own never will. */
  async function saying(replies: Readonly<Record<string, unknown>>): Promise<string> {
    const server = createServer((request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const reply = Object.entries(replies).find(([start]) => path.startsWith(start))?.[1];
      response.writeHead(reply === undefined ? 404 : 200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' }).end(JSON.stringify(reply ?? { error: 'none', status: 404 }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('says what to change at one that is red, old, and out of disk', async () => {
    const node = await saying({
      '/_cluster/health': { status: 'red', number_of_nodes: 3, unassigned_primary_shards: 2 },
      '/_nodes/_all/http': { nodes: { a: { version: '6.8.23' } } },
      '/_nodes/stats/fs': { nodes: { a: { name: 'es-1', fs: { total: { total_in_bytes: 100 * 2 ** 30, available_in_bytes: 5 * 2 ** 30 } } } } },
      '/_cluster/settings': { persistent: {}, transient: {}, defaults: { 'cluster.routing.allocation.disk.watermark.high': '90%', 'cluster.routing.allocation.disk.threshold_enabled': 'true' } },
      '/_index_template': { index_templates: [{ name: 'skylark-theirs', index_template: {} }] },
    });
    expect(notWell(await examineElasticsearch({ node, clock }))).toEqual([
      expect.stringMatching(/^elasticsearch health: red: 2 primary shards/),
      expect.stringMatching(/^elasticsearch version: 6\.8\.23 is too old/),
      expect.stringMatching(/^elasticsearch disk: 5\.0 of 100\.0 GiB free on es-1: beyond the high watermark \(90%\)/),
      expect.stringMatching(/^elasticsearch templates: 1 under skylark-\* are not Skylark's/),
    ]);
  });

  it('says where nothing answers, or something else does, without the password', async () => {
    const [away] = await examineElasticsearch({ node: 'http://elastic:geheim@127.0.0.1:1', clock, timeoutMs: 500 });
    expect(away).toMatchObject({ ok: false, isUnreachable: true, message: expect.stringMatching(/^127\.0\.0\.1:1 does not answer/) as string });
    expect(away?.message).not.toContain('geheim');
    expect(await examineElasticsearch({ node: await saying({}), clock })).toMatchObject([{ isUnreachable: true }]);
  });
});
