import type { Job, Json, QueueCounts } from '@skylark/core';
import { after, bytesOf, kindKey, kinds, textOf, type Kind } from './keys.js';
import type { Records } from './records.js';
import { keepSeconds, maxAttempts } from '../rules/check-job.js';
import type { Tree, TreeReader, TreeWriter } from './tree.js';

/** A job at hand: `claim` tells this hold on it from any other. */
export interface ClaimedJob {
  readonly job: Job;
  readonly claim: number;
}

/** The queues' records and the transactions that move jobs between waiting, active and finished. Times in seconds. */
export interface JobTable {
  add(queue: string, jobs: readonly Job[], now: number): Promise<number>;
  /** The oldest waiting jobs, and active ones whose worker is thought dead. */
  claim(queue: string, limit: number, now: number): Promise<ClaimedJob[]>;
  /** Renews a hold; false when the job was taken away. */
  hold(queue: string, held: { id: string; claim: number; now: number }): Promise<boolean>;
  finish(queue: string, done: { id: string; claim: number; succeeded: boolean; now: number }): Promise<void>;
  counts(queue: string): QueueCounts;
  discard(queue: string, predicate: (job: Job) => boolean): Promise<number>;
  handBack(): Promise<void>;
}

interface StoredJob {
  readonly id: string;
  /** JSON text. */
  readonly data: string;
  readonly state: 'waiting' | 'active' | 'done' | 'failed';
  /** Times it was handed out. */
  readonly attempts: number;
  /** While it waits: its place. */
  readonly place: number;
  /** While it is active. */
  readonly claim: number;
  readonly heldUntil: number;
  readonly finishedAt: number;
}

interface QueueHead {
  readonly next: number;
  readonly failed: number;
}

const purgedPerAdd = 200;

export function createJobTable({ tree, records, holdSeconds }: { tree: Tree; records: Records; holdSeconds: number }): JobTable {
  const read = (reader: TreeReader, queue: string, id: string): StoredJob | null => {
    const payload = reader.get(jobKey(queue, id));
    return payload ? records.unpack<StoredJob>(payload) : null;
  };
  const readHead = (reader: TreeReader, queue: string): QueueHead => {
    const payload = reader.get(queueKey(kinds.queueHead, queue));
    return payload ? records.unpack<QueueHead>(payload) : { next: lastPlace(reader, queue) + 1, failed: 0 };
  };
  const writeHead = (writer: TreeWriter, queue: string, head: QueueHead): void => writer.put(queueKey(kinds.queueHead, queue), records.pack(head));
  /** Takes the job out of the list of its state, and puts it into that of the next. */
  const move = (writer: TreeWriter, queue: string, before: StoredJob | null, now: StoredJob | null): void => {
    if (before) writer.remove(listKey(queue, before));
    if (now) {
      writer.put(listKey(queue, now), bytesOf(now.id));
      writer.put(jobKey(queue, now.id), records.pack(now));
    } else if (before) writer.remove(jobKey(queue, before.id));
  };
  const listed = (reader: TreeReader, kind: Kind, queue: string, limit = Infinity): StoredJob[] => {
    const ids: string[] = [];
    const prefix = queueKey(kind, queue);
    if (limit > 0) reader.scan(prefix, after(prefix), (_, payload) => ids.push(textOf(payload)) < limit);
    return ids.map((id) => read(reader, queue, id)).filter((job): job is StoredJob => job !== null);
  };
  const purge = (writer: TreeWriter, queue: string, now: number): number => {
    const old = listed(writer, kinds.finishedJob, queue, purgedPerAdd).filter(({ finishedAt }) => finishedAt + keepSeconds <= now);
    for (const job of old) move(writer, queue, job, null);
    return old.filter(({ state }) => state === 'failed').length;
  };
  const finished = (job: StoredJob, state: 'done' | 'failed', now: number): StoredJob => ({ ...job, state, finishedAt: Math.floor(now), data: 'null' });
  return {
    add: async (queue, jobs, now) => tree.write((writer) => {
      const head = readHead(writer, queue);
      const failed = head.failed - purge(writer, queue, now);
      let next = head.next;
      for (const { id, data } of jobs) {
        const before = read(writer, queue, id);
        if (before && !((before.state === 'done' || before.state === 'failed') && before.finishedAt + keepSeconds <= now)) continue;
        move(writer, queue, before, { id, data: JSON.stringify(data), state: 'waiting', attempts: 0, place: next, claim: 0, heldUntil: 0, finishedAt: 0 });
        next += 1;
      }
      writeHead(writer, queue, { next, failed });
      return next - head.next;
    }),
    async claim(queue, limit, now) {
      const due = (reader: TreeReader): StoredJob[] => {
        const dead = listed(reader, kinds.activeJob, queue).filter(({ heldUntil }) => heldUntil <= now);
        return [...dead, ...listed(reader, kinds.waitingJob, queue, limit)].slice(0, limit);
      };
      tree.fresh();
      if (due(tree).length === 0) return [];
      return tree.write((writer) => {
        const head = readHead(writer, queue);
        let { next, failed } = head;
        const claimed: ClaimedJob[] = [];
        for (const job of due(writer)) {
          if (job.attempts >= maxAttempts) {
            move(writer, queue, job, finished(job, 'failed', now));
            failed += 1;
            continue;
          }
          move(writer, queue, job, { ...job, state: 'active', attempts: job.attempts + 1, claim: next, heldUntil: now + holdSeconds });
          claimed.push({ job: { id: job.id, data: JSON.parse(job.data) as Json }, claim: next });
          next += 1;
        }
        writeHead(writer, queue, { next, failed });
        return claimed;
      });
    },
    hold: async (queue, { id, claim, now }) => tree.write((writer) => {
      const job = read(writer, queue, id);
      if (job?.state !== 'active' || job.claim !== claim) return false;
      move(writer, queue, job, { ...job, heldUntil: now + holdSeconds });
      return true;
    }),
    finish: async (queue, { id, claim, succeeded, now }) => tree.write((writer) => {
      const job = read(writer, queue, id);
      if (job?.state !== 'active' || job.claim !== claim) return;
      const head = readHead(writer, queue);
      if (succeeded) return move(writer, queue, job, finished(job, 'done', now));
      const failed = job.attempts >= maxAttempts;
      move(writer, queue, job, failed ? finished(job, 'failed', now) : { ...job, state: 'waiting', place: head.next });
      writeHead(writer, queue, { next: head.next + 1, failed: head.failed + (failed ? 1 : 0) });
    }),
    counts(queue) {
      tree.fresh();
      const count = (kind: Kind): number => {
        let keys = 0;
        const prefix = queueKey(kind, queue);
        tree.keys(prefix, after(prefix), () => void (keys += 1));
        return keys;
      };
      return { waiting: count(kinds.waitingJob), active: count(kinds.activeJob), failed: readHead(tree, queue).failed };
    },
    discard: async (queue, predicate) => tree.write((writer) => {
      const unwanted = listed(writer, kinds.waitingJob, queue).filter(({ id, data }) => predicate({ id, data: JSON.parse(data) as Json }));
      for (const job of unwanted) move(writer, queue, job, null);
      return unwanted.length;
    }),
    handBack: async () => tree.write((writer) => {
      for (const { queue, id } of activeEverywhere(writer)) {
        const job = read(writer, queue, id);
        if (job?.state === 'active') move(writer, queue, job, { ...job, heldUntil: 0 });
      }
    }),
  };
}

/** Kind, length of the queue's name, its name: no queue's keys start as another's do. */
function queueKey(kind: Kind, queue: string, rest: Uint8Array = new Uint8Array(0)): Uint8Array {
  const name = bytesOf(queue);
  return Buffer.concat([Uint8Array.of(kind, name.length >>> 8, name.length), name, rest]);
}

const jobKey = (queue: string, id: string): Uint8Array => queueKey(kinds.job, queue, bytesOf(id));

function listKey(queue: string, job: StoredJob): Uint8Array {
  const number = (value: number): Uint8Array => {
    const bytes = Buffer.alloc(6);
    bytes.writeUIntBE(value, 0, 6);
    return bytes;
  };
  if (job.state === 'waiting') return queueKey(kinds.waitingJob, queue, number(job.place));
  if (job.state === 'active') return queueKey(kinds.activeJob, queue, bytesOf(job.id));
  return queueKey(kinds.finishedJob, queue, Buffer.concat([number(job.finishedAt), bytesOf(job.id)]));
}

function lastPlace(reader: TreeReader, queue: string): number {
  let last = 0;
  const prefix = queueKey(kinds.waitingJob, queue);
  reader.keys(prefix, after(prefix), (key) => {
    last = Buffer.from(key).readUIntBE(key.length - 6, 6);
  });
  return last;
}

function activeEverywhere(reader: TreeReader): { queue: string; id: string }[] {
  const found: { queue: string; id: string }[] = [];
  const prefix = kindKey(kinds.activeJob);
  reader.scan(prefix, after(prefix), (key, payload) => {
    found.push({ queue: textOf(key.subarray(3, 3 + key[1]! * 256 + key[2]!)), id: textOf(payload) });
  });
  return found;
}
