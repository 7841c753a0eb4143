import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, QueueWorker, WorkQueue } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { backendsOf, movableClock, type MakeBackend } from './backend-under-test.js';

const jobs = (...ids: string[]): Job[] => ids.map((id) => ({ id, data: { of: id } }));

/** `WorkQueue`, sentence by sentence. */
export function workQueueContract(makeStore: MakeBackend): void {
  const make = backendsOf(makeStore);
  const fresh = async (): Promise<WorkQueue> => (await make()).backend.queue;
  const until = (check: () => boolean | Promise<boolean>): Promise<void> => expect.poll(check, { timeout: 10_000, interval: 20 }).toBe(true);
  /** Works until so many jobs were done, and answers them in the order they were handed out. */
  const workOff = async (queue: WorkQueue, name: string, count: number): Promise<Job[]> => {
    const done: Job[] = [];
    const worker = queue.work(name, async (job) => void done.push(job), { concurrency: 1 });
    await until(() => done.length >= count);
    await worker.close();
    return done;
  };

  describe('WorkQueue', () => {
    it('hands out each job with its data, oldest first', async () => {
      const queue = await fresh();
      expect(await queue.add('q', jobs('a-1', 'b', 'c.d_e'))).toBe(3);
      expect(await queue.add('q', [{ id: 'last', data: [1, null, 'x'] }])).toBe(1);
      expect(await workOff(queue, 'q', 4)).toEqual([...jobs('a-1', 'b', 'c.d_e'), { id: 'last', data: [1, null, 'x'] }]);
      await until(async () => (await queue.counts('q')).active === 0);
      expect(await queue.counts('q')).toEqual({ waiting: 0, active: 0, failed: 0 });
    });

    it('keeps queues apart', async () => {
      const queue = await fresh();
      await queue.add('one', jobs('x'));
      expect(await queue.add('two', jobs('x', 'y'))).toBe(2);
      expect((await workOff(queue, 'two', 2)).map(({ id }) => id)).toEqual(['x', 'y']);
      expect(await queue.counts('one')).toEqual({ waiting: 1, active: 0, failed: 0 });
    });

    it('adds an id that waits, is active or is finished no second time', async () => {
      const queue = await fresh();
      expect(await queue.add('q', jobs('a', 'a', 'b'))).toBe(2);
      expect(await queue.add('q', jobs('b', 'c'))).toBe(1);
      await workOff(queue, 'q', 3);
      await until(async () => (await queue.counts('q')).active === 0);
      expect(await queue.add('q', jobs('a', 'b', 'c', 'd'))).toBe(1);
      expect(await queue.add('q', [])).toBe(0);
    });

    it('takes a finished id again after a day', async () => {
      const clock = movableClock();
      const { queue } = (await make({ clock })).backend;
      await queue.add('q', jobs('a'));
      await workOff(queue, 'q', 1);
      await until(async () => (await queue.counts('q')).active === 0);
      clock.move(86_000);
      expect(await queue.add('q', jobs('a'))).toBe(0);
      clock.move(500);
      expect(await queue.add('q', jobs('a'))).toBe(1);
    });

    it('adds once what many add at once', async () => {
      const { backend, another } = await make();
      const queues = [backend.queue, (await another()).queue];
      const added = await Promise.all(Array.from({ length: 100 }, (_, i) => queues[i % 2]!.add('q', jobs('slot-7'))));
      expect(added.reduce((sum, count) => sum + count, 0)).toBe(1);
      expect(await backend.queue.counts('q')).toMatchObject({ waiting: 1 });
    });

    it('runs as many at once as it was told, each job once, across all workers', async () => {
      const { backend, another } = await make();
      const other = await another();
      const names = Array.from({ length: 40 }, (_, i) => `job-${i}`);
      await backend.queue.add('q', jobs(...names));
      const done: string[] = [];
      let most = 0;
      const workers = [backend.queue, other.queue].map((queue) => {
        let running = 0;
        return queue.work('q', async ({ id }) => {
          running += 1;
          most = Math.max(most, running);
          await sleep(5);
          running -= 1;
          done.push(id);
        }, { concurrency: 3 });
      });
      await until(() => done.length >= 40);
      await Promise.all(workers.map((worker) => worker.close()));
      expect([...done].sort()).toEqual([...names].sort());
      expect(most).toBeLessThanOrEqual(3);
      expect(most).toBeGreaterThan(1);
    });

    it('tries a failing job three times in all, then counts it as failed', async () => {
      const queue = await fresh();
      await queue.add('q', jobs('bad', 'good'));
      const tried: string[] = [];
      const worker = queue.work('q', async ({ id }) => {
        tried.push(id);
        if (id === 'bad') throw new Error('no');
      }, { concurrency: 1 });
      await until(async () => (await queue.counts('q')).failed === 1);
      await worker.close();
      expect(tried.filter((id) => id === 'bad')).toHaveLength(3);
      expect(tried.filter((id) => id === 'good')).toHaveLength(1);
      expect(await queue.add('q', jobs('bad'))).toBe(0);
    });

    it('counts what waits and what is at hand', async () => {
      const queue = await fresh();
      await queue.add('q', jobs('a', 'b', 'c'));
      let release = (): void => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      const worker = queue.work('q', () => held, { concurrency: 2 });
      await until(async () => (await queue.counts('q')).active === 2);
      expect(await queue.counts('q')).toEqual({ waiting: 1, active: 2, failed: 0 });
      release();
      await worker.close();
    });

    it('lets the jobs at hand finish on closing, and takes no more', async () => {
      const queue = await fresh();
      await queue.add('q', jobs('a', 'b'));
      const done: string[] = [];
      let started = false;
      const worker: QueueWorker = queue.work('q', async ({ id }) => {
        started = true;
        await sleep(100);
        done.push(id);
      }, { concurrency: 1 });
      await until(() => started);
      await worker.close();
      expect(done).toEqual(['a']);
      expect(await queue.counts('q')).toEqual({ waiting: 1, active: 0, failed: 0 });
    });

    it('drops waiting jobs that are not wanted any more', async () => {
      const queue = await fresh();
      await queue.add('q', jobs('s1-a', 's1-b', 's2-a'));
      expect(await queue.discard('q', ({ id, data }) => id.startsWith('s1') && (data as { of: string }).of === id)).toBe(2);
      expect(await queue.add('q', jobs('s1-a'))).toBe(1);
      expect((await workOff(queue, 'q', 2)).map(({ id }) => id)).toEqual(['s2-a', 's1-a']);
    });

    it('refuses ids that not every backend can keep, and data that is more than ids', async () => {
      const queue = await fresh();
      for (const id of ['', 'a:b', '123', 'ü', 'a b', 'x'.repeat(129)]) await expect(queue.add('q', jobs('fine', id)), id).rejects.toMatchObject({ code: 'bad-request' });
      await expect(queue.add('q', [{ id: 'big', data: 'x'.repeat(65_536) }])).rejects.toMatchObject({ code: 'bad-request' });
      expect(await queue.counts('q')).toEqual({ waiting: 0, active: 0, failed: 0 });
    });

    it('keeps waiting jobs over a restart, and hands out again what was at hand', async () => {
      const { backend, reopen } = await make();
      await backend.queue.add('q', jobs('a', 'b'));
      let started = false;
      let aborted = false;
      backend.queue.work('q', (_, signal) => new Promise((_resolve, reject) => {
        started = true;
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('aborted'));
        });
      }), { concurrency: 1 });
      await until(() => started);
      const { queue } = await reopen();
      expect(aborted).toBe(true);
      expect((await workOff(queue, 'q', 2)).map(({ id }) => id).sort()).toEqual(['a', 'b']);
    });
  });
}
