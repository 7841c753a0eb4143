import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../packages/core/src/index.js';
import { openEmbedded } from '../../packages/storage/src/embedded/index.js';
import { startStandIn } from '../servers/elasticsearch/stand-in.js';
import { runSchedule, steppingClock, type ScheduleReport } from './elasticsearch-schedule.js';

const schedules = Number(process.env['SKYLARK_SCHEDULES'] ?? (process.env['SKYLARK_SOAK'] === '1' ? 10_000 : 200));
/** A store grows with every schedule: a fresh one now and then. */
const schedulesPerStore = 250;

describe('an index that fails by script', () => {
  it(`has every anomaly once and as it is, after each of ${schedules} schedules of faults`, async () => {
    const first = Number(process.env['SKYLARK_SEED'] ?? 1);
    const standIn = await startStandIn();
    const total = { faults: 0, requests: 0, rebuilds: 0 };
    try {
      for (let seed = first; seed < first + schedules; seed += schedulesPerStore) {
        for (const report of await runMany(seed, Math.min(schedulesPerStore, first + schedules - seed), standIn)) {
          total.faults += report.faults;
          total.requests += report.requests;
          total.rebuilds += report.rebuilds;
        }
      }
    } finally {
      await standIn.stop();
    }
    if (schedules > 1000) console.log(`${schedules} schedules: ${total.requests} requests, ${total.faults} faults, ${total.rebuilds} rebuilds`);
    // Else the test would be of fair weather.
    expect(total.faults).toBeGreaterThan(schedules * 2);
    expect(total.rebuilds).toBeGreaterThan(0);
  }, 3_600_000);
});

async function runMany(seed: number, count: number, standIn: Awaited<ReturnType<typeof startStandIn>>): Promise<ScheduleReport[]> {
  // Nothing here is about disks: where memory can be had as a folder, syncing costs nothing.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'skylark-schedules-'));
  const clock = steppingClock();
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger: silentLogger, shards: 1 });
  try {
    const reports: ScheduleReport[] = [];
    for (let i = 0; i < count; i += 1) reports.push(await runSchedule({ seed: seed + i, backend, clock, standIn }));
    return reports;
  } finally {
    await backend.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
