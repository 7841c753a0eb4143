import { randomBytes } from 'node:crypto';
import { silentLogger, type ShapeDocument } from '@skylark/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removePrefix } from '../../../../test/servers/elasticsearch/remove-prefix.js';
import { sharedServer } from '../../../../test/servers/shared-server.js';
import { documentOf } from '../../contract/anomaly-index-contract.js';
import { movableClock } from '../../contract/backend-under-test.js';
import { openElasticsearchIndex, type ElasticsearchIndex } from './open-elasticsearch-index.js';

const november = 1_700_000_000;
const day = 86_400;
const test = {} as { url: string; prefix: string; index: ElasticsearchIndex; clock: ReturnType<typeof movableClock> };

beforeEach(async (context) => {
  test.url = await sharedServer('elasticsearch', context);
  test.prefix = `rows-${randomBytes(6).toString('hex')}`;
  test.clock = movableClock();
  test.index = await openElasticsearchIndex({ node: test.url, prefix: test.prefix, clock: test.clock, logger: silentLogger, random: Math.random });
});

afterEach(async () => {
  await test.index.close();
  await removePrefix(test.url, test.prefix);
});

const call = async <T = Record<string, object>>(method: string, path: string, body?: object): Promise<T> =>
  (await fetch(`${test.url}/${path}`, { method, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) })).json() as Promise<T>;
const indexNames = async (): Promise<string[]> => Object.keys(await call('GET', `${test.prefix}-*/_alias`)).sort();
const mappings = async (): Promise<unknown[]> => Object.values(await call<Record<string, { mappings: unknown }>>('GET', `${test.prefix}-anomalies-*/_mapping`)).map(({ mappings: found }) => found);
const sampleOf = (name: string): number | undefined => test.index.samples().find((sample) => sample.name === name)?.value;
const allIds = async (): Promise<string[]> => (await test.index.candidates({ by: 'all' }, { limit: 100 })).map(({ id }) => id);
const soon = (check: () => Promise<void>): Promise<void> => expect.poll(() => check().then(() => true), { timeout: 5000, interval: 50 }).toBe(true);
const started = (id: string, start: number, change: Partial<ShapeDocument> = {}): ShapeDocument => documentOf({ id, start, from: start - 3600, until: start + 300, ...change });

describe('documents', () => {
  it('come back to the last bit', async () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    const time = fc.double({ min: 1, max: 2 ** 32 - 1, noNaN: true });
    const columns = fc.uniqueArray(fc.tuple(time, value), { selector: ([at]) => at, maxLength: 50 }).map((pairs) => pairs.sort(([a], [b]) => a - b));
    const vector = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1, max: 1 }), { minLength: 32, maxLength: 32 });
    const document = fc.record({ columns, vector, metric: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), score: fc.double({ min: 0, max: 100, noNaN: true }), start: time, end: fc.option(time), from: time, until: time, fingerprint: fc.constantFrom('', 'inc sdec', 's dec inc') });
    await fc.assert(fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 5 }), async (some) => {
      const documents = some.map(({ columns: pairs, vector: numbers, ...rest }, i): ShapeDocument => ({
        ...rest, id: `doc-${i}`, kind: 'deviation', timestamps: Float64Array.from(pairs, ([at]) => at), values: Float64Array.from(pairs, ([, of]) => of), vector: Float32Array.from(numbers),
        // One id lies in one month.
        start: november + (rest.start % day),
      }));
      test.clock.move(1);
      expect(await test.index.put(documents)).toEqual([]);
      expect(await test.index.get(documents.map(({ id }) => id))).toEqual(documents);
    }), { numRuns: 25 });
  }, 60_000);

  it('lie in the index of the month their anomaly began in, and stay in that one', async () => {
    await test.index.put([started('a', november), started('b', november + 20 * day)]);
    await test.index.put([started('a', november, { end: november + 40 * day, until: november + 40 * day })]);
    expect(await indexNames()).toEqual([`${test.prefix}-anomalies-2023.11-1`, `${test.prefix}-anomalies-2023.12-1`]);
    await soon(async () => expect(await allIds()).toEqual(['a', 'b']));
    expect((await test.index.get(['a']))[0]).toMatchObject({ end: november + 40 * day });
  });

  it('are found a second after their put', async () => {
    await test.index.put([started('a', november)]);
    await allIds();
    await test.index.put([started('b', november)]);
    const at = performance.now();
    await soon(async () => expect(await allIds()).toEqual(['a', 'b']));
    expect(performance.now() - at).toBeLessThan(3000);
  });
});

describe('deletion', () => {
  it('drops whole months where all of them are meant', async () => {
    await test.index.put([started('old', november), started('old-2', november + day), started('new', november + 100 * day)]);
    await soon(async () => expect(await test.index.count()).toBe(3));
    expect(await test.index.remove({ untilBefore: november + 60 * day })).toBe(2);
    expect(await indexNames()).toEqual([`${test.prefix}-anomalies-2024.02-1`]);
    expect(await allIds()).toEqual(['new']);
  });

  it('leaves a month that holds a longer window', async () => {
    await test.index.put([started('old', november), started('long', november, { until: november + 70 * day })]);
    expect(await test.index.remove({ untilBefore: november + 60 * day })).toBe(1);
    await soon(async () => expect(await allIds()).toEqual(['long']));
  });

  it('takes documents that a clock ahead of its time has put', async () => {
    await test.index.put([started('a', november)], test.clock.now() + 7200);
    expect(await test.index.put([started('a', november, { score: 33 })])).toEqual([]);
    expect((await test.index.get(['a']))[0]).toMatchObject({ score: 33 });
    expect(await test.index.remove({ ids: ['a'] })).toBe(1);
    expect(await test.index.get(['a'])).toEqual([]);
  });
});

describe('what somebody else does to the server', () => {
  it('an index deleted in the middle is made anew, with its mapping', async () => {
    await test.index.put([started('a', november)]);
    const before = await mappings();
    await call('DELETE', `${test.prefix}-anomalies-2023.11-1`);
    expect(await test.index.put([started('b', november)])).toEqual([]);
    await soon(async () => expect(await allIds()).toEqual(['b']));
    expect(await mappings()).toEqual(before);
    expect(sampleOf('skylark_index_recreated_total')).toBe(2);
  });

  it('all indices and templates deleted: as if never there', async () => {
    await test.index.put([started('a', november)]);
    await removePrefix(test.url, test.prefix);
    expect(await allIds()).toEqual([]);
    expect(await test.index.count()).toBe(0);
    expect(await test.index.get(['a'])).toEqual([]);
    expect(await test.index.put([started('a', november)])).toEqual([]);
    await soon(async () => expect(await allIds()).toEqual(['a']));
  });

  it('aliases taken away are given back with the next put, and nothing is gone', async () => {
    await test.index.put([started('a', november)]);
    const index = `${test.prefix}-anomalies-2023.11-1`;
    await call('POST', '_aliases', { actions: [{ remove: { index, alias: '*' } }] });
    expect(await test.index.put([started('b', november)])).toEqual([]);
    await soon(async () => expect(await allIds()).toEqual(['a', 'b']));
  });

  it('a read-only index (flood stage) is waited for, and health names it', async () => {
    await test.index.put([started('a', november)]);
    expect(await test.index.health()).toMatchObject([{ name: 'index', ok: true }]);
    const block = (value: boolean | null) => call('PUT', `${test.prefix}-anomalies-2023.11-1/_settings`, { 'index.blocks.read_only_allow_delete': value });
    await block(true);
    await expect(test.index.put([started('b', november)])).rejects.toMatchObject({ code: 'index-away' });
    expect(await test.index.health()).toMatchObject([{ name: 'index', ok: false, reason: expect.stringContaining('flood stage') as unknown }]);
    await block(null);
    expect(await test.index.put([started('b', november)])).toEqual([]);
    expect(await test.index.health()).toMatchObject([{ name: 'index', ok: true }]);
  });

  it('an index that is red is no empty answer, and health says so', async () => {
    await test.index.put([started('a', november)]);
    await call('PUT', `${test.prefix}-anomalies-2023.12-1?wait_for_active_shards=0`, { settings: { 'index.routing.allocation.require._name': 'nobody' }, aliases: { [`${test.prefix}-anomalies`]: {} } });
    await expect(allIds()).rejects.toMatchObject({ code: 'index-away' });
    expect(await test.index.health()).toMatchObject([{ ok: false, reason: expect.stringContaining('red') as unknown }]);
  });
});

describe('documents the server refuses', () => {
  it('are dead letters with their reason, and the others are kept', async () => {
    const failures = await test.index.put([started('good', november), started('immense', november, { metric: 'm'.repeat(40_000) })]);
    expect(failures).toEqual([{ id: 'immense', reason: expect.stringMatching(/immense term|max.*length|UTF8 encoding is longer/i) as unknown }]);
    await soon(async () => expect(await allIds()).toEqual(['good']));
    await call('POST', `${test.prefix}-dead-letters/_refresh`);
    const { hits } = await call<{ hits: { hits: { _source: object }[] } }>('GET', `${test.prefix}-dead-letters/_search`);
    expect(hits.hits.map(({ _source }) => _source)).toEqual([expect.objectContaining({ id: 'immense', reason: failures[0]!.reason, document: expect.stringContaining('"timestamps":[50,60,70.25]') as unknown })]);
  });

  it('tags by the thousand do not grow the mapping', async () => {
    await test.index.put([started('a', november)]);
    const before = await mappings();
    const metric = (i: number): string => `disk;${Array.from({ length: 100 }, (_, k) => `key${i}-${k}=v`).join(';')}`;
    expect(await test.index.put(Array.from({ length: 50 }, (_, i) => started(`t-${i}`, november, { metric: metric(i) })))).toEqual([]);
    expect(await mappings()).toEqual(before);
    expect((await test.index.get(['t-49']))[0]!.metric).toBe(metric(49));
  });
});

describe('an index that is away', () => {
  it('keeps nobody from opening it; calls say so, and close ends what is under way', async () => {
    const away = await openElasticsearchIndex({ node: 'http://127.0.0.1:9', prefix: 'away', clock: test.clock, logger: silentLogger, random: Math.random });
    await expect(away.put([documentOf()])).rejects.toMatchObject({ code: 'index-away' });
    await expect(away.candidates({ by: 'all' }, { limit: 1 })).rejects.toMatchObject({ code: 'index-away' });
    await expect(away.get(['a'])).rejects.toMatchObject({ code: 'index-away' });
    await expect(away.count()).rejects.toMatchObject({ code: 'index-away' });
    expect(await away.health()).toMatchObject([{ name: 'index', ok: false, reason: expect.stringContaining('index-away') as unknown }]);
    await away.close();
    await expect(away.put([documentOf()])).rejects.toMatchObject({ code: 'store-closed' });
    expect(await away.health()).toMatchObject([{ ok: false }]);
  });

  it('is not opened under a name that Elasticsearch would refuse', async () => {
    await expect(openElasticsearchIndex({ node: test.url, prefix: 'Über*', clock: test.clock, logger: silentLogger, random: Math.random })).rejects.toMatchObject({ code: 'bad-config' });
  });
});
