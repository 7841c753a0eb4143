import type { Clock } from '@skylark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../../test/servers/elasticsearch/stand-in.js';
import { createBulkWriter, type BulkItem, type BulkOutcome } from './bulk-writer.js';
import { connectElastic, type ElasticConnection } from './elastic-connection.js';
import { createIndexCounters } from './index-counters.js';

const server = {} as { standIn: StandIn; connection: ElasticConnection };
/** What was slept, milliseconds. */
const pauses: number[] = [];
/** Ids of each bulk that the server was sent. */
const sent: string[][] = [];
const clock: Clock = { now: () => 1_700_000_000, elapsedMs: () => 0, sleep: async (ms) => void pauses.push(Math.round(ms)) };

beforeEach(async () => {
  server.standIn = await startStandIn();
  server.connection = await connectElastic({ node: server.standIn.url, clock, counters: createIndexCounters() });
  pauses.length = 0;
  sent.length = 0;
  await server.connection.request({ method: 'PUT', path: '/docs-1', body: { aliases: { docs: {} } } });
});
afterEach(async () => {
  await server.connection.close();
  await server.standIn.stop();
});

const item = (id: string, version = 1): BulkItem => ({ alias: 'docs', id, version, source: '{}' });
const write = (items: readonly BulkItem[], { tries = 6, random = 0 } = {}): Promise<BulkOutcome> =>
  createBulkWriter({ connection: server.connection, clock, random: () => random, counters: createIndexCounters() })(items, { tries, patient: false });
const stored = (): string[] => server.standIn.model.serving('docs').map(([id]) => id).sort();

/** Per bulk: the status of each id that is busy then, in turn; none: it is taken. */
function busy(...rounds: Readonly<Record<string, number>>[]): void {
  server.standIn.script = ({ path }) => {
    if (path !== '/_bulk') return { kind: 'none' };
    const round = rounds.shift() ?? {};
    const asked: string[] = [];
    sent.push(asked);
    return {
      kind: 'items',
      busy: (id) => {
        asked.push(id);
        return round[id] ?? null;
      },
    };
  };
}

describe('a bulk that is refused in part (rows 15 and 16)', () => {
  it('is sent again only for what was busy, with pauses that double', async () => {
    busy({ b: 429, c: 503 }, { b: 429, c: 500 }, { b: 429 });
    expect(await write(['a', 'b', 'c', 'd'].map((id) => item(id)))).toEqual({ failures: [], overtaken: [] });
    expect(sent).toEqual([['a', 'b', 'c', 'd'], ['b', 'c'], ['b', 'c'], ['b']]);
    expect(pauses).toEqual([200, 400, 800]);
    expect(stored()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('names what will never be taken with its reason, and takes a newer version that is there for success', async () => {
    await write([item('there', 5)]);
    server.standIn.poison.add('poison');
    const { failures, overtaken } = await write([item('there', 3), item('poison'), item('good')]);
    expect(failures).toEqual([{ id: 'poison', reason: expect.stringContaining('poison') as string }]);
    expect(overtaken.map(({ id }) => id)).toEqual(['there']);
    expect([stored(), pauses]).toEqual([['good', 'there'], []]);
  });

  it('gives up after its tries, and says how many are not written', async () => {
    busy(...Array.from({ length: 9 }, () => ({ b: 429 })));
    await expect(write([item('a'), item('b')], { tries: 3 })).rejects.toMatchObject({ code: 'index-away', detail: expect.stringMatching(/^1 of 2 documents are not written: HTTP 429: .*queue full/) as string });
    expect(sent).toHaveLength(3);
  });
});

describe('a bulk that is refused as a whole (row 15)', () => {
  const refuseOnce = (retryAfter: string): void => {
    let refused = false;
    server.standIn.script = ({ path }) => {
      if (path !== '/_bulk' || refused) return { kind: 'none' };
      refused = true;
      return { kind: 'status', status: 429, retryAfter };
    };
  };

  it.each([['7', 7000], ['0', 200], ['nonsense', 200], [new Date(1_700_000_005_000).toUTCString(), 5000], ['86400', 60_000]])('waits for Retry-After: %s', async (retryAfter, ms) => {
    refuseOnce(retryAfter);
    await write([item('a')]);
    expect([pauses, stored()]).toEqual([[ms], ['a']]);
  });

  it('waits up to half as long by chance, so that many do not come again at once', async () => {
    busy({ a: 429 }, { a: 429 });
    await write([item('a')], { random: 1 });
    expect(pauses).toEqual([100, 200]);
  });
});
