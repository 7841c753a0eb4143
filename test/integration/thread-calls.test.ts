import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogFields, silentLogger } from '../../packages/core/src/index.js';
import { startThread, type Thread } from '../../packages/skylark/src/up/thread.js';
import { realClock } from '../clock.js';

const entry = new URL('./calls-thread.mjs', import.meta.url);
let folder = '';
const logged: [string, LogFields][] = [];
const note = (event: string, fields: LogFields = {}): void => void logged.push([event, fields]);
const logger = { ...silentLogger, warn: note, error: note };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skylark-thread-'));
  logged.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const launch = (data: Record<string, unknown> = {}): Promise<Thread> => startThread({ name: 'search', entry, data: { starts: join(folder, 'starts'), ...data }, clock: realClock, logger });
const starts = (): number => readFileSync(join(folder, 'starts'), 'utf8').length;

describe('a thread', () => {
  it('answers calls, each its own, in whatever order they come back', async () => {
    const thread = await launch();
    const argument = { values: new Float64Array([1, 2.5, NaN]), none: null };
    expect(await thread.call('echo', argument)).toEqual(argument);
    expect(await Promise.all([thread.call('late', { ms: 50, value: 'a' }), thread.call('late', { ms: 5, value: 'b' }), thread.call('echo', 'c')])).toEqual(['a', 'b', 'c']);
    await thread.stop();
  });

  it('passes errors on with their code, and lives on', async () => {
    const thread = await launch();
    await expect(thread.call('refuse')).rejects.toMatchObject({ name: 'SkylarkError', code: 'unknown-metric', detail: 'a.b' });
    await expect(thread.call('fail')).rejects.toThrow('a mistake');
    await expect(thread.call('nosuch')).rejects.toMatchObject({ code: 'internal' });
    await expect(thread.call('uncloneable')).rejects.toThrow(/could not be cloned/);
    await expect(thread.call('echo', () => 'a function')).rejects.toThrow(/could not be cloned/);
    expect(await thread.call('echo', 1)).toBe(1);
    await thread.stop();
    expect(starts()).toBe(1);
  });

  it('reports its figures by itself', async () => {
    const thread = await launch();
    await expect.poll(() => thread.samples().map(({ name }) => name), { timeout: 5000 }).toEqual(['skylark_starts_total']);
    await thread.stop();
  });

  it.each(['die', 'crash'])('that ends by "%s" fails its open calls, says so in its health, and is started again', async (how) => {
    const thread = await launch();
    expect(thread.health()).toEqual({ name: 'search', ok: true });
    const open = thread.call('never');
    thread.call(how).catch(() => undefined);
    await expect(open).rejects.toMatchObject({ code: 'internal' });
    await expect.poll(() => thread.health().ok, { timeout: 1000, interval: 10 }).toBe(false);
    expect(thread.health().reason).toMatch(/^the search thread died: (exit 3|crashed on purpose)$/);
    await expect(thread.call('echo', 1)).rejects.toMatchObject({ code: 'internal' });
    await expect.poll(() => thread.health().ok, { timeout: 10_000 }).toBe(true);
    expect(await thread.call('echo', 2)).toBe(2);
    expect(starts()).toBe(2);
    expect(logged.map(([event]) => event)).toEqual(['thread.died']);
    await thread.stop();
  });

  it('that is told to stop while it is down stays down', async () => {
    const thread = await launch();
    thread.call('die').catch(() => undefined);
    await expect.poll(() => thread.health().ok, { interval: 10 }).toBe(false);
    await thread.stop();
    expect(starts()).toBe(1);
    await expect(thread.call('echo', 1)).rejects.toMatchObject({ code: 'internal' });
  });

  it('that does not finish is ended, and that is said', async () => {
    const thread = await launch({ stubborn: true });
    await thread.stop();
    expect(logged.map(([event]) => event)).toContain('thread.ended');
  });

  it('that cannot start fails whoever starts it, naming it', async () => {
    await expect(startThread({ name: 'search', entry: new URL('./no-such-thread.mjs', import.meta.url), data: {}, clock: realClock, logger })).rejects.toThrow(/search thread: .*no-such-thread/);
  });
});
