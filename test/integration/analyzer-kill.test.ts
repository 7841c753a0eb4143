import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { folders, generator } from './storage-fixture.js';

const script = fileURLToPath(new URL('analyzer-judging.mjs', import.meta.url));
const soak = process.env['SKYLARK_SOAK'] === '1';
const slots = 90;

interface Outcome {
  readonly last: readonly [string, string][];
  readonly found: readonly { readonly metric: string; readonly kind: string; readonly id: string }[];
}

interface Judging {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly lines: () => readonly string[];
}

function judge(folder: string): Judging {
  const child = spawn(process.execPath, [script, folder, String(slots)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, ended: once(child, 'close'), lines: () => said.split('\n') };
}

const outcomeOf = ({ lines }: Judging): Outcome | null => {
  const line = lines().find((one) => one.startsWith('done '));
  return line === undefined ? null : (JSON.parse(line.slice(5)) as Outcome);
};

describe('kill -9 of an analyzer that judges datapoint by datapoint', () => {
  const freshFolder = folders();

  it('at random moments changes no score and no anomaly', { timeout: soak ? 3_600_000 : 240_000 }, async () => {
    const undisturbed = judge(freshFolder());
    await undisturbed.ended;
    const expected = outcomeOf(undisturbed)!;
    expect(expected.last.length).toBe(36);
    expect(new Set(expected.found.map(({ kind }) => kind))).toEqual(new Set(['deviation', 'stopped']));
    for (let round = 0; round < (soak ? 30 : 1); round += 1) {
      const seed = (Date.now() + round) % 2 ** 31;
      const random = generator(seed);
      const folder = freshFolder();
      let [kills, outcome]: [number, Outcome | null] = [0, null];
      while (outcome === null) {
        const one = judge(folder);
        // Started up, and then anywhere in some slots' work.
        while (!one.lines().some((line) => line.startsWith('slot') || line.startsWith('done'))) await sleep(5);
        if (kills < 8) {
          await sleep(random() * 150);
          one.child.kill('SIGKILL');
          kills += 1;
        }
        await one.ended;
        outcome = outcomeOf(one);
      }
      expect(outcome, `seed ${seed}, ${kills} kills`).toEqual(expected);
      expect(kills).toBeGreaterThan(3);
    }
  });
});
