import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SkylarkError } from '@skylark/core';
import { afterAll, describe, expect, it } from 'vitest';
import { createLogger, type LogOptions } from './log.js';

const folder = mkdtempSync(join(tmpdir(), 'skylark-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

function logTo(name: string, options: Partial<LogOptions> = {}) {
  const file = join(folder, name);
  const fd = openSync(file, 'a');
  const logger = createLogger({ level: 'info', pretty: false, perMinute: 3, elapsedMs: () => 0, fd, ...options });
  return { logger, lines: () => readFileSync(file, 'utf8').split('\n').filter((line) => line !== ''), close: () => closeSync(fd) };
}

describe('a logger', () => {
  it('writes a JSON line an event, from its level up', () => {
    const { logger, lines } = logTo('levels');
    logger.debug('not.shown');
    logger.info('store.opened', { folder: '/x' });
    logger.error('store.failed', {});
    const shown = lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(shown.map(({ msg }) => msg)).toEqual(['store.opened', 'store.failed']);
    expect(shown[0]).toMatchObject({ folder: '/x', level: 30 });
  });

  it.each([true, false])('shows an error by its message and cause, and no secret (pretty: %s)', (pretty) => {
    const { logger, lines } = logTo(`secrets-${pretty}`, { pretty });
    logger.warn('http.refused', { error: new SkylarkError('store-away', 'disk', { cause: new Error('EIO') }), token: 'hunter2', request: { authorization: 'Bearer hunter2', path: '/x' } });
    const text = lines().join('\n');
    expect(text).not.toContain('hunter2');
    expect(text).toMatch(/disk <- EIO/);
    expect(text).toContain('/x');
  });

  it('keeps a hostile value on one readable line', () => {
    const { logger, lines } = logTo('hostile', { pretty: true });
    logger.warn('name.bad', { metric: 'a\n\u001b[2Jb' });
    expect(lines()).toEqual(['warn: name.bad metric=a\\u000a\\u001b[2Jb']);
  });

  it('says a repeated event a few times a minute, then how many it kept back', () => {
    let elapsed = 0;
    const { logger, lines } = logTo('repeats', { elapsedMs: () => elapsed });
    for (let i = 0; i < 10; i++) logger.warn('disk.slow', { i });
    logger.warn('other.event');
    elapsed = 60_001;
    logger.warn('disk.slow', { i: 10 });
    const shown = lines().map((line) => JSON.parse(line) as { msg: string; i?: number; suppressed?: number });
    expect(shown.map(({ msg, i }) => [msg, i])).toEqual([['disk.slow', 0], ['disk.slow', 1], ['disk.slow', 2], ['other.event', undefined], ['disk.slow', 10]]);
    expect(shown.at(-1)?.suppressed).toBe(7);
  });

  it.skipIf(!existsSync('/dev/full')).each([true, false])('never troubles its caller with a full disk (pretty: %s)', async (pretty) => {
    const fd = openSync('/dev/full', 'w');
    const logger = createLogger({ level: 'info', pretty, perMinute: 1000, elapsedMs: () => 0, fd });
    for (let i = 0; i < 100; i++) expect(() => logger.error('disk.full', { i })).not.toThrow();
    await new Promise((resolve) => setImmediate(resolve));
    closeSync(fd);
  });
});
