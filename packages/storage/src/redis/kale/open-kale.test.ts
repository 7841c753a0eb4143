import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isSkylarkError, type Series } from '@skylark/core';
import { sharedServer } from '../../../../../test/servers/shared-server.js';
import type { Skippable } from '../../../../../test/requirements.js';
import { encodePairs } from './encode-pairs.js';
import type { KaleNamespaces } from './kale-keys.js';
import { openKale, type Kale } from './open-kale.js';

let stores = 0;

/** Skyline's layout under namespaces of this test's own, and a plain client beside it. */
async function kaleOf(test: Skippable): Promise<{ kale: Kale; client: Redis; namespaces: KaleNamespaces }> {
  const url = await sharedServer('redis', test);
  const namespaces = { full: `kale-${process.pid}-${++stores}.metrics.`, mini: `kale-${process.pid}-${stores}.mini.` };
  const client = new Redis(url);
  const kale = await openKale({ url, namespaces });
  onTestFinished(async () => {
    await kale.close();
    client.disconnect();
  });
  return { kale, client, namespaces };
}

async function everything(kale: Kale): Promise<{ datapoints: Record<string, [number, number][]>; rejected: Record<string, number> }> {
  const stored = new Map<string, Map<number, number>>();
  const rejected: Record<string, number> = {};
  for await (const { series: { metric, timestamps, values }, rejected: reasons } of kale.read()) {
    const known = stored.get(metric) ?? new Map<number, number>();
    timestamps.forEach((timestamp, i) => known.set(timestamp, values[i]!));
    if (known.size > 0) stored.set(metric, known);
    for (const [reason, count] of reasons) rejected[reason] = (rejected[reason] ?? 0) + count;
  }
  return { datapoints: Object.fromEntries([...stored].map(([metric, of]) => [metric, [...of].sort(([a], [b]) => a - b)])), rejected };
}

const series = (metric: string, pairs: readonly (readonly [number, number])[]): Series => ({ metric, timestamps: Float64Array.from(pairs, ([at]) => at), values: Float64Array.from(pairs, ([, of]) => of) });
const pairsOf = ({ timestamps, values }: Series): [number, number][] => Array.from(timestamps, (at, i) => [at, values[i]!]);

describe('a Redis as Skyline keeps it', () => {
  it('comes out as it went in: names, times and values, the last hour in mini, the sets holding the keys', async (test) => {
    const { kale, client, namespaces } = await kaleOf(test);
    const all = [
      series('web.one', [[1000, 1.5], [2000, -0], [3000, 1e300]]),
      series('tagged;host=a b;städte=ü', [[2999.5, 5e-324], [3001, 7]]),
      series('old', [[10, 1]]),
    ];
    await kale.write(all, 2500);
    const read = await everything(kale);
    expect(read).toEqual({ datapoints: Object.fromEntries(all.map((one) => [one.metric, pairsOf(one)])), rejected: {} });
    expect(await kale.count()).toBe(3);
    expect((await client.smembers(`${namespaces.mini}unique_metrics`)).sort()).toEqual([`${namespaces.mini}tagged;host=a b;städte=ü`, `${namespaces.mini}web.one`]);
    expect(await client.getBuffer(`${namespaces.mini}web.one`)).toEqual(encodePairs(Float64Array.of(3000), Float64Array.of(1e300)));
  });

  it('written again holds what was written last, and nothing of before', async (test) => {
    const { kale, client, namespaces } = await kaleOf(test);
    await kale.write([series('a', [[1, 1], [2, 2]]), series('b', [[1, 1]])], 0);
    await kale.write([series('a', [[3, 3]])], 10);
    expect(await everything(kale)).toEqual({ datapoints: { a: [[3, 3]], b: [[1, 1]] }, rejected: {} });
    expect(await client.exists(`${namespaces.mini}a`)).toBe(0);
  });

  it('is read in the order it was appended: the last of a time wins, and what only mini has comes along', async (test) => {
    const { kale, client, namespaces } = await kaleOf(test);
    const append = async (namespace: string, metric: string, pairs: readonly [number, number][]): Promise<void> => {
      for (const pair of pairs) await client.append(namespace + metric, encodePairs(Float64Array.of(pair[0]), Float64Array.of(pair[1])));
      await client.sadd(`${namespace}unique_metrics`, namespace + metric);
    };
    await append(namespaces.full, 'late', [[60, 1], [180, 3], [120, 2], [180, 4]]);
    await append(namespaces.mini, 'late', [[180, 99], [240, 5]]);
    await append(namespaces.mini, 'only-mini', [[60, 1]]);
    expect((await everything(kale)).datapoints).toEqual({ late: [[60, 1], [120, 2], [180, 4], [240, 5]], 'only-mini': [[60, 1]] });
  });

  it('with wrong keys and bad bytes loses only those, each counted by its reason', async (test) => {
    const { kale, client, namespaces } = await kaleOf(test);
    await kale.write([series('fine', [[60, 1]])], 0);
    const name = (metric: string): string => `${namespaces.full}${metric}`;
    await client.lpush(name('a-list'), 'x');
    await client.set(name('half'), Buffer.from('923c01923d', 'hex'));
    await client.set(name('noise'), Buffer.from('c1c1923c01', 'hex'));
    await client.sadd(`${namespaces.full}unique_metrics`, name('a-list'), name('gone'), name('half'), name('noise'), 'somewhere.else', Buffer.concat([Buffer.from(namespaces.full), Buffer.of(0xff)]));
    expect(await everything(kale)).toEqual({
      datapoints: { fine: [[60, 1]], half: [[60, 1]], noise: [[60, 1]] },
      rejected: { 'wrong-type': 1, missing: 1, incomplete: 1, syntax: 1, 'bad-name': 1, 'not-utf8': 1 },
    });
  });

  it('is read in slices: a metric of several MiB, and some thousand small ones', async (test) => {
    const { kale } = await kaleOf(test);
    const long = series('long', Array.from({ length: 250_000 }, (_, i) => [1_700_000_000 + i, i / 7]));
    await kale.write([long], 1_700_249_000);
    await kale.write(Array.from({ length: 3000 }, (_, i) => series(`small.${i}`, [[60, i]])), 0);
    let largest = 0;
    const sizes = new Map<string, number>();
    for await (const { series: { metric, timestamps }, from } of kale.read()) {
      largest = Math.max(largest, timestamps.length);
      if (from === 'full') sizes.set(metric, (sizes.get(metric) ?? 0) + timestamps.length);
    }
    expect(sizes.size).toBe(3001);
    expect(sizes.get('long')).toBe(250_000);
    expect(largest).toBeLessThan(100_000);
  });
});

describe('openKale', () => {
  it('says where it reached nothing, without the password', async () => {
    const error: unknown = await openKale({ url: 'redis://user:hunter22@127.0.0.1:1' }).catch((reason: unknown) => reason);
    expect(isSkylarkError(error, 'unreachable')).toBe(true);
    expect(String(error)).toContain('127.0.0.1:1');
    expect(String(error)).not.toContain('hunter22');
  });

  it('refuses what is no address of a Redis', async () => {
    await expect(openKale({ url: 'http://127.0.0.1:6379' })).rejects.toMatchObject({ code: 'bad-request' });
  });
});
