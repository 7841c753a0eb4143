import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { afterPowerLoss, readTrace, straceCommand, whyNoStrace, type DiskEvent } from './disk-trace.js';
import { batchesIn, folders, generator, missing, openStore, startWriter } from './storage-fixture.js';

const noStrace = whyNoStrace();
const cuts = process.env['SKYLARK_SOAK'] === '1' ? 1000 : 60;
const controlCuts = 8;
const controlScript = fileURLToPath(new URL('storage-power.mjs', import.meta.url));

/** Acknowledged before the cut. */
const ackedBefore = (events: readonly DiskEvent[], cut: number): number =>
  events.slice(0, cut).reduce((most, event) => (event.kind === 'say' && event.line.startsWith('ack ') ? Math.max(most, Number(event.line.slice(4))) : most), -1);

describe.skipIf(noStrace !== null)(`a loss of power${noStrace === null ? '' : ` (skipped: ${noStrace})`}`, () => {
  const freshFolder = folders();
  const recording = (): string => join(freshFolder(), 'trace');

  it('takes nothing that was acknowledged, and leaves no batch half', { timeout: 600_000 }, async () => {
    const seed = Date.now() % 2 ** 31;
    const random = generator(seed);
    const folder = freshFolder();
    const trace = recording();
    const writer = startWriter(folder, { until: 24, sealEvery: 5 }, straceCommand(trace, 2));
    expect(await writer.ended).toBe(0);
    const events = readTrace(trace, '/data.mdb');
    const firstAck = events.findIndex((event) => event.kind === 'say' && event.line === 'ack 0');
    expect(events.filter(({ kind }) => kind === 'sync').length).toBeGreaterThan(50);
    for (let i = 0; i < cuts; i += 1) {
      const cut = firstAck + Math.floor(random() * (events.length - firstAck + 1));
      const broken = freshFolder();
      writeFileSync(join(broken, 'format.json'), readFileSync(join(folder, 'format.json')));
      writeFileSync(join(broken, 'data.mdb'), afterPowerLoss(events, cut, random));
      const { backend, logger } = await openStore(broken);
      try {
        const { whole, partial, invented } = await batchesIn(backend);
        const acked = ackedBefore(events, cut);
        expect({ missing: missing(whole, acked), partial, invented }, `seed ${seed}, cut ${cut} of ${events.length}`).toEqual({ missing: [], partial: [], invented: 0 });
        // What is there beyond is the one batch that was under way: a prefix, not a choice.
        expect(Math.max(...whole)).toBeLessThanOrEqual(acked + 1);
        expect(logger.lines, `seed ${seed}, cut ${cut}`).toEqual([]);
      } finally {
        await backend.close();
      }
    }
  });

  const lostBy = (options: object): number => {
    const random = generator(7);
    const folder = freshFolder();
    const trace = recording();
    const [command, ...rest] = [...straceCommand(trace, 10), process.execPath, controlScript, folder, JSON.stringify(options)];
    expect(spawnSync(command!, rest, { cwd: fileURLToPath(new URL('../..', import.meta.url)) }).status).toBe(0);
    const events = readTrace(trace, '/data.mdb');
    let lost = 0;
    for (let i = 0; i < controlCuts; i += 1) {
      // Right after an acknowledgement is when it hurts.
      const acks = events.flatMap((event, at) => (event.kind === 'say' && event.line.startsWith('ack ') ? [at + 1] : []));
      const cut = acks[Math.floor(random() * acks.length)]!;
      const broken = join(freshFolder(), 'store');
      mkdirSync(broken);
      writeFileSync(join(broken, 'data.mdb'), afterPowerLoss(events, cut, random));
      if (!holdsAll(broken, ackedBefore(events, cut))) lost += 1;
    }
    return lost;
  };

  it('is noticed by this test: the same cuts take acknowledged records of a store that does not sync', { timeout: 120_000 }, () => {
    expect(lostBy({ overlappingSync: false })).toBe(0);
    expect(lostBy({ noSync: true, overlappingSync: false })).toBeGreaterThan(0);
  });
});

/** In a process of its own: a torn file may end it. */
function holdsAll(folder: string, acked: number): boolean {
  const script = `
    import { open } from 'lmdb';
    const database = open({ path: ${JSON.stringify(folder)}, noSubdir: false, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false });
    for (let n = 0; n <= ${acked}; n += 1) {
      const value = database.getBinary(Buffer.from('key ' + n));
      if (!value || value.length !== 3000 || value.some((byte) => byte !== n)) process.exit(1);
    }`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  return status === 0;
}
