import type { AnomalyFinding } from '@skylark/core';
import { createPacer } from '../pacer.js';
import type { ShardMemory } from '../rounds/shard-memory.js';
import { catchUp } from './catch-up.js';
import { gatherNews } from './gather-news.js';
import { liveOn, lookForSilence } from './live-on.js';
import { countBehind, type ShardStates, syncRows } from './shard-states.js';
import type { StreamsContext, StreamSlot } from './stream-slot.js';
import { takeNews } from './take-news.js';

export interface StreamsRequest {
  readonly shard: number;
  /** Names the shard's metrics that are judged datapoint by datapoint; asked after the log was read, so that it names all that are in it. */
  readonly metrics: () => Promise<readonly string[]>;
  readonly now: number;
}

/**
 * Judges a shard's metrics at a slot, each new datapoint in order of time. Answers the findings that changed; states and memory are as of `now` then.
 *
 * What is new comes from the shard's log. A metric whose history was not stepped yet, or of which something was missed, is behind: its windows are read
 * from the store, as many each slot as there is time for, and it is judged once it has caught up. A datapoint counts if it is newer than all that was
 * stepped of its metric; one that comes later than that is kept by the store and seen by a replay, and no state goes back for it. What is
 * stamped later than the slot waits for its own.
 */
export async function judgeStreams({ shard, metrics, now }: StreamsRequest, states: ShardStates, memory: ShardMemory, context: StreamsContext): Promise<AnomalyFinding[]> {
  const news = await gatherNews(context.store, shard, states.cursor, context.keepGoing);
  if (news.missed) for (const row of states.rows.values()) row.behind = true;
  syncRows(states, await metrics(), context.settings.streamRules);
  const slot: StreamSlot = { shard, now, states, memory, context, pace: createPacer(context.clock), alive: new Map(), changed: [] };
  await takeNews(slot, news);
  await catchUp(slot);
  await lookForSilence(slot);
  await liveOn(slot);
  states.cursor = news.cursor;
  states.behind = countBehind(states);
  context.figures.countBehind(shard, states.behind);
  return slot.changed;
}
