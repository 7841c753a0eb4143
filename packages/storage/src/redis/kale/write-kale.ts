import { SkylarkError, type Series } from '@skylark/core';
import type { ChainableCommander, Redis } from 'ioredis';
import { unreachable } from './connect-kale.js';
import { encodePairs } from './encode-pairs.js';
import { type KaleNamespaces, uniqueKey } from './kale-keys.js';

/** Sets the metrics' keys and names them in the sets; durable as that Redis is. @throws SkylarkError unreachable, store-away (it refuses: full, read-only) */
export async function writeKale(client: Redis, namespaces: KaleNamespaces, { series, miniFrom }: { series: readonly Series[]; miniFrom: number }): Promise<void> {
  const pipeline = client.pipeline();
  for (const { metric, timestamps, values } of series) {
    const mini = firstFrom(timestamps, miniFrom);
    put(pipeline, namespaces.full, { metric, timestamps, values });
    put(pipeline, namespaces.mini, { metric, timestamps: timestamps.subarray(mini), values: values.subarray(mini) });
  }
  const answers = await pipeline.exec().catch((cause: unknown) => Promise.reject(unreachable('Redis', cause)));
  for (const [error] of answers ?? []) {
    if (error !== null) throw error.name === 'ReplyError' ? new SkylarkError('store-away', `Redis: ${error.message}`, { cause: error }) : unreachable('Redis', error);
  }
}

function put(pipeline: ChainableCommander, namespace: string, { metric, timestamps, values }: Series): void {
  if (timestamps.length === 0) return void pipeline.del(namespace + metric).srem(uniqueKey(namespace), namespace + metric);
  pipeline.set(namespace + metric, encodePairs(timestamps, values)).sadd(uniqueKey(namespace), namespace + metric);
}

function firstFrom(timestamps: Float64Array, from: number): number {
  const at = timestamps.findIndex((timestamp) => timestamp >= from);
  return at < 0 ? timestamps.length : at;
}
