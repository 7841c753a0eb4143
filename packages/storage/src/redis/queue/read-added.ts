import type { Queue } from 'bullmq';
import type { RedisClient } from '../connection/create-client.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { StoredJob } from './stored-job.js';

export interface ReadAddedOptions {
  readonly connection: RedisConnection;
  /** The client that added them: a replica confirms what this one wrote. */
  readonly client: RedisClient;
  readonly bull: Queue<StoredJob>;
  readonly ids: readonly string[];
  /** The mark of the call that added them. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly freeBefore: number;
}

const replicaMs = 1500;

/** Which of the ids a call added, and which are finished for so long that they are free; with `ack: replicated` also waits until a replica has them. */
export async function readAdded({ connection, client, bull, ids, by, freeBefore }: ReadAddedOptions): Promise<{ added: number; free: string[] }> {
  const distinct = [...new Set(ids)];
  const pipeline = client.pipeline();
  for (const id of distinct) pipeline.hmget(bull.toKey(id), 'data', 'finishedOn');
  const replicated = connection.settings.ack === 'replicated';
  if (replicated) pipeline.wait(1, replicaMs);
  const replies = (await pipeline.exec()) ?? [];
  const failed = replies.find(([error]) => error)?.[0];
  if (failed) throw failed;
  if (replicated && Number(replies.at(-1)?.[1]) < 1) throw new Error(`Command timed out: no replica confirmed the jobs within ${replicaMs} ms`);
  const free: string[] = [];
  let added = 0;
  distinct.forEach((id, i) => {
    const [data, finishedOn] = replies[i]![1] as [string | null, string | null];
    if (data !== null && (JSON.parse(data) as StoredJob).by === by) added += 1;
    else if (finishedOn !== null && Number(finishedOn) <= freeBefore) free.push(id);
  });
  return { added, free };
}
