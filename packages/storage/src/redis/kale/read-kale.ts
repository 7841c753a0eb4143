import { isUtf8 } from 'node:buffer';
import type { RejectionReason, Series } from '@skylark/core';
import type { Redis } from 'ioredis';
import { unreachable } from './connect-kale.js';
import { createPairDecoder, type DecodedPairs, type PairDecoder } from './decode-pairs.js';
import { type KaleNamespaces, uniqueKey } from './kale-keys.js';

/** Why something of a metric was left out: an item's reason, or one of the metric's key. */
export type KaleRefusal = RejectionReason | 'missing' | 'wrong-type';

/** A stretch of one metric's datapoints. */
export interface KaleSlice {
  readonly from: keyof KaleNamespaces;
  /** The name without its namespace. May be empty of datapoints. */
  readonly series: Series;
  readonly rejected: ReadonlyMap<KaleRefusal, number>;
}

const namesAtOnce = 500;
const bytesAtOnce = 4 * 2 ** 20;
const sliceBytes = 2 ** 20;

interface Key {
  readonly from: keyof KaleNamespaces;
  readonly key: Buffer;
  readonly metric: string;
}

/** Reads what both sets of names lead to; memory is that of a slice. A name that the sets hold twice while Redis makes them larger is read twice. */
export async function* readKale(client: Redis, namespaces: KaleNamespaces): AsyncGenerator<KaleSlice> {
  const inFull = async (metrics: readonly string[]): Promise<boolean[]> => {
    const answers = await run(client.pipeline(metrics.map((metric) => ['sismember', uniqueKey(namespaces.full), namespaces.full + metric])));
    return answers.map((answer) => answer === 1);
  };
  for await (const { metrics, refused } of namesOf(client, namespaces.full)) {
    yield* refused;
    const keys = metrics.map((metric) => [keyOf('mini', namespaces, metric), keyOf('full', namespaces, metric)]);
    yield* readKeys(client, keys.flat());
  }
  for await (const { metrics, refused } of namesOf(client, namespaces.mini)) {
    yield* refused.map((slice) => ({ ...slice, from: 'mini' as const }));
    const known = await inFull(metrics);
    yield* readKeys(client, metrics.filter((_, i) => !known[i]).map((metric) => keyOf('mini', namespaces, metric)));
  }
}

const keyOf = (from: keyof KaleNamespaces, namespaces: KaleNamespaces, metric: string): Key => ({ from, key: Buffer.from(namespaces[from] + metric), metric });

/** The names of a set, some at a time. A member that is no key of its namespace, or no UTF-8, is refused. */
async function* namesOf(client: Redis, namespace: string): AsyncGenerator<{ metrics: string[]; refused: KaleSlice[] }> {
  const stream = client.sscanBufferStream(uniqueKey(namespace), { count: namesAtOnce }) as AsyncIterable<Buffer[]>;
  try {
    for await (const members of stream) {
      const metrics = new Set<string>();
      const refused: KaleSlice[] = [];
      for (const member of members) {
        const name = isUtf8(member) ? member.toString('utf8') : null;
        if (name?.startsWith(namespace) && name !== uniqueKey(namespace)) metrics.add(name.slice(namespace.length));
        else refused.push(emptySlice('full', name ?? member.toString('latin1'), name === null ? 'not-utf8' : 'bad-name'));
      }
      yield { metrics: [...metrics], refused };
    }
  } catch (cause) {
    throw unreachable(`Redis, reading ${uniqueKey(namespace)}`, cause);
  }
}

async function* readKeys(client: Redis, keys: readonly Key[]): AsyncGenerator<KaleSlice> {
  const lengths = await run(client.pipeline(keys.map(({ key }) => ['strlen', key])));
  let group: { key: Key; length: number }[] = [];
  let bytes = 0;
  for (const [i, key] of keys.entries()) {
    const length = lengths[i];
    if (typeof length !== 'number') yield emptySlice(key.from, key.metric, 'wrong-type');
    else if (length === 0) {
      if (key.from === 'full') yield emptySlice(key.from, key.metric, 'missing');
    } else if (length > sliceBytes) yield* readLong(client, key, length);
    else {
      group.push({ key, length });
      bytes += length;
    }
    if (bytes < bytesAtOnce && i < keys.length - 1) continue;
    yield* readShort(client, group);
    [group, bytes] = [[], 0];
  }
  yield* readShort(client, group);
}

/** Whole values, in one go. */
async function* readShort(client: Redis, group: readonly { key: Key; length: number }[]): AsyncGenerator<KaleSlice> {
  if (group.length === 0) return;
  const pipeline = client.pipeline();
  for (const { key, length } of group) pipeline.getrangeBuffer(key.key, 0, length - 1);
  const answers = await run(pipeline);
  for (const [i, { key }] of group.entries()) {
    const bytes = answers[i];
    if (!(bytes instanceof Buffer)) yield emptySlice(key.from, key.metric, 'wrong-type');
    else yield* slicesOf(key, createPairDecoder(), [bytes]);
  }
}

/** One value, piece by piece. */
async function* readLong(client: Redis, key: Key, length: number): AsyncGenerator<KaleSlice> {
  const decoder = createPairDecoder();
  for (let at = 0; at < length; at += sliceBytes) {
    const [bytes] = await run(client.pipeline().getrangeBuffer(key.key, at, Math.min(length, at + sliceBytes) - 1));
    yield sliceOf(key, decoder.push(bytes as Buffer));
  }
  yield sliceOf(key, decoder.end());
}

function* slicesOf(key: Key, decoder: PairDecoder, pieces: readonly Buffer[]): Generator<KaleSlice> {
  for (const piece of pieces) yield sliceOf(key, decoder.push(piece));
  const rest = decoder.end();
  if (rest.timestamps.length > 0 || rest.rejected.size > 0) yield sliceOf(key, rest);
}

function sliceOf({ from, metric }: Key, { timestamps, values, rejected }: DecodedPairs): KaleSlice {
  return { from, series: { metric, ...sorted(timestamps, values) }, rejected };
}

function emptySlice(from: keyof KaleNamespaces, metric: string, reason: KaleRefusal): KaleSlice {
  return { from, series: { metric, timestamps: new Float64Array(0), values: new Float64Array(0) }, rejected: new Map([[reason, 1]]) };
}

/** Ascending; of several at one time the last. Nearly always it is so already. */
function sorted(timestamps: Float64Array, values: Float64Array): Pick<Series, 'timestamps' | 'values'> {
  if (timestamps.every((timestamp, i) => i === 0 || timestamp > timestamps[i - 1]!)) return { timestamps, values };
  const order = Array.from(timestamps.keys()).sort((a, b) => timestamps[a]! - timestamps[b]! || a - b);
  const kept = order.filter((at, i) => timestamps[at] !== timestamps[order[i + 1] ?? -1]);
  return { timestamps: Float64Array.from(kept, (at) => timestamps[at]!), values: Float64Array.from(kept, (at) => values[at]!) };
}

/** The answers of a pipeline; of a command that the server refuses (a key of another type) the error. @throws SkylarkError unreachable */
async function run(pipeline: ReturnType<Redis['pipeline']>): Promise<unknown[]> {
  let answers: [Error | null, unknown][] | null;
  try {
    answers = await pipeline.exec();
  } catch (cause) {
    throw unreachable('Redis', cause);
  }
  return (answers ?? []).map(([error, answer]) => {
    if (error !== null && error.name !== 'ReplyError') throw unreachable('Redis', error);
    return error ?? answer;
  });
}
