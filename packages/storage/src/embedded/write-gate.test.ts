import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SkylarkError, silentLogger } from '@skylark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '../../../../test/clock.js';
import { CommitFailed, createWriteGate } from './write-gate.js';

const givenUp = new CommitFailed('commit failed', { cause: new Error('MDB_BAD_TXN: Transaction must abort, has a child, or is invalid: reserved freelist had a data entry with zero-size, last id 1') });
const brokenDisk = new CommitFailed('commit failed', { cause: Object.assign(new Error('Input/output error'), { code: 5 }) });

describe('the write gate of the embedded store', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'skylark-gate-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (): { codeOf: (error: Error | null) => Promise<string>; wait: (ms: number) => void; told: string[] } => {
    const clock = manualClock(1_700_000_000);
    const told: string[] = [];
    const gate = createWriteGate({ folder, clock, logger: silentLogger }, (reason) => told.push(reason));
    return {
      codeOf: (error) => gate.pass(() => (error ? Promise.reject(error) : Promise.resolve())).then(() => 'written', (refused: SkylarkError) => refused.code),
      wait: (ms) => clock.advance(ms / 1000),
      told,
    };
  };

  it('refuses a transaction that the library gave up, so that it is repeated, and goes on writing', async () => {
    const { codeOf, told } = open();
    expect([await codeOf(givenUp), await codeOf(givenUp), await codeOf(null)]).toEqual(['store-away', 'store-away', 'written']);
    expect(told).toEqual([]);
  });

  it('counts the time in which nothing else happens anew after each commit', async () => {
    const { codeOf, wait } = open();
    for (let i = 0; i < 3; i += 1) {
      expect(await codeOf(givenUp)).toBe('store-away');
      wait(8000);
      expect(await codeOf(null)).toBe('written');
    }
  });

  it('takes it for a failing store when nothing else happens for ten seconds', async () => {
    const { codeOf, wait, told } = open();
    await codeOf(givenUp);
    wait(10_000);
    expect([await codeOf(givenUp), await codeOf(null)]).toEqual(['store-failed', 'store-failed']);
    expect(told).toHaveLength(1);
  });

  it('acknowledges nothing after a disk that failed once', async () => {
    const { codeOf } = open();
    expect([await codeOf(brokenDisk), await codeOf(null), await codeOf(givenUp)]).toEqual(['store-failed', 'store-failed', 'store-failed']);
  });
});
