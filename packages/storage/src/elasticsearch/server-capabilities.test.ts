import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removePrefix } from '../../../../test/servers/elasticsearch/remove-prefix.js';
import { startStandIn } from '../../../../test/servers/elasticsearch/stand-in.js';
import { sharedServer } from '../../../../test/servers/shared-server.js';
import { documentOf } from '../../contract/anomaly-index-contract.js';
import { keepingLogger, movableClock } from '../../contract/backend-under-test.js';
import { connectElastic } from './elastic-connection.js';
import { createIndexCounters } from './index-counters.js';
import { indexNames } from './index-names.js';
import { openElasticsearchIndex, type ElasticsearchIndex } from './open-elasticsearch-index.js';
import { createCapabilityProbe, type CapabilityProbe } from './server-capabilities.js';

const clock = movableClock();
const nodes = { elasticsearch: '', opensearch: '' };
beforeEach(async (test) => {
  nodes.elasticsearch ||= await sharedServer('elasticsearch', test);
  nodes.opensearch ||= await sharedServer('opensearch', test);
});
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function probe(node: string): Promise<CapabilityProbe> {
  const connection = await connectElastic({ node, clock, counters: createIndexCounters() });
  ends.push(() => connection.close());
  return createCapabilityProbe({ connection, names: indexNames('probe'), logger: keepingLogger() });
}

async function indexAt(node: string): Promise<ElasticsearchIndex> {
  const prefix = `capable-${randomBytes(6).toString('hex')}`;
  const index = await openElasticsearchIndex({ node, prefix, clock, logger: keepingLogger(), random: Math.random });
  ends.push(() => removePrefix(node, prefix), () => index.close());
  return index;
}

describe('what the server at the address is', () => {
  it('is told by the server, and nothing is changed there', async () => {
    const opensearch = await probe(nodes.opensearch);
    expect(opensearch.known()).toBeNull();
    expect(await opensearch.find()).toMatchObject({ product: 'OpenSearch', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string, vectors: false });
    expect(opensearch.known()).toMatchObject({ vectors: false });
    expect(await (await fetch(`${nodes.opensearch}/_index_template/probe-*`)).json()).toEqual({ index_templates: [] });
  });

  it('is asked once, whoever asks, and again after a failure', async () => {
    const server = await startStandIn();
    ends.push(() => server.stop());
    const asked = await probe(server.url);
    server.script = ({ path }) => (path.startsWith('/_index_template') ? { kind: 'status', status: 503 } : { kind: 'none' });
    await expect(asked.find()).rejects.toMatchObject({ code: 'index-away' });
    server.script = () => ({ kind: 'none' });
    const before = server.requests();
    await Promise.all([asked.find(), asked.find(), asked.find()]);
    await asked.find();
    expect(server.requests() - before).toBe(2);
    asked.forget();
    expect(asked.known()).toBeNull();
  });

  it('has vectors where it has dense_vector as we use it; /readyz says where it has not', async () => {
    const [elastic, open] = [await indexAt(nodes.elasticsearch), await indexAt(nodes.opensearch)];
    for (const index of [elastic, open]) await index.put([documentOf()]);
    expect((await open.health())[0]).toMatchObject({ ok: true, reason: expect.stringMatching(/^OpenSearch 2\.\d+\.\d+ has no dense_vector: .*reading all shapes/) as string });
    // On a machine without a Java for Elasticsearch both are OpenSearch.
    const { vectors } = await (await probe(nodes.elasticsearch)).find();
    expect(((await elastic.health())[0]?.reason ?? '').includes('no dense_vector')).toBe(!vectors);
  });
});

describe('without vectors', () => {
  it('the nearest of thousands are found as with them: every shape is read, page by page', async () => {
    const index = await indexAt(nodes.opensearch);
    const angleOf = (i: number): number => ((i * 7919) % 2600) / 900;
    const vectorOf = (angle: number): Float32Array => Float32Array.from({ length: 32 }, (_, i) => (i === 0 ? Math.cos(angle) : i === 1 ? Math.sin(angle) : 0));
    for (let from = 0; from < 2600; from += 1300) await index.put(Array.from({ length: 1300 }, (_, i) => documentOf({ id: `d-${String(from + i).padStart(4, '0')}`, vector: vectorOf(angleOf(from + i)) })));
    await expect.poll(() => index.count(), { timeout: 5000 }).toBe(2600);
    const nearest = Array.from({ length: 2600 }, (_, i) => i).sort((a, b) => angleOf(a) - angleOf(b)).slice(0, 10).map((i) => `d-${String(i).padStart(4, '0')}`);
    expect((await index.candidates({ by: 'vector', vector: vectorOf(0) }, { limit: 10 })).map(({ id }) => id)).toEqual(nearest);
  });
});
