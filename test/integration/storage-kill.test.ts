import { setTimeout as sleep } from 'node:timers/promises';
import { verifyFolder } from '@skylark/storage/embedded';
import { describe, expect, it } from 'vitest';
import { batchesIn, folders, generator, missing, openStore, startWriter } from './storage-fixture.js';

const soak = process.env['SKYLARK_SOAK'] === '1';
const kills = soak ? 200 : 12;
const restartWithinMs = 5000;

describe('kill -9 of the embedded store', () => {
  const freshFolder = folders();

  it('at random moments of appending and sealing loses nothing acknowledged, leaves nothing half, and needs no hand to start again', { timeout: 600_000 }, async () => {
    const seed = Date.now() % 2 ** 31;
    const random = generator(seed);
    const folder = freshFolder();
    let acked = -1;
    let rest = -1;
    for (let kill = 0; kill < kills; kill += 1) {
      const started = Date.now();
      const writer = startWriter(folder, { from: acked + 1, sealEvery: 3 });
      await writer.until((lines) => lines.includes('ready'));
      const startedWithin = Date.now() - started;
      await writer.until((lines) => lines.some((line) => line.startsWith('ack')));
      await sleep(random() * 250);
      process.kill(writer.child.pid!, 'SIGKILL');
      await writer.ended;
      acked = Math.max(acked, writer.acked());
      rest = Math.max(rest, writer.rest());
      expect(startedWithin, `seed ${seed}`).toBeLessThan(restartWithinMs);
      expect(await verifyFolder(folder), `seed ${seed}, kill ${kill}`).toMatchObject({ ok: true });
      const { backend } = await openStore(folder);
      try {
        const { whole, partial, invented } = await batchesIn(backend);
        expect({ missing: missing(whole, acked), partial, invented }, `seed ${seed}, kill ${kill}`).toEqual({ missing: [], partial: [], invented: 0 });
        expect(Math.max(...whole)).toBeLessThanOrEqual(acked + 1);
        // A batch that was written but not acknowledged may be there: the next writer goes on behind it.
        acked = Math.max(acked, ...whole);
        if (rest >= 0) {
          expect((await backend.state.get('last'))!.value).toBeGreaterThanOrEqual(rest);
          expect(await backend.anomalies.get(`a-${rest}`)).not.toBeNull();
          const { events } = await backend.anomalies.follow('', 100_000, 0);
          expect(events.filter(({ anomaly }) => anomaly.id === `a-${rest}`)).toHaveLength(1);
        }
        expect((await backend.health()).every(({ ok }) => ok)).toBe(true);
      } finally {
        await backend.close();
      }
    }
    expect(acked).toBeGreaterThan(kills);
  });
});
