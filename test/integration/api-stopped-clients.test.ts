import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { finding, startApi } from '../../packages/api/oracle/api-under-test.js';

const script = fileURLToPath(new URL('api-stopped-clients.mjs', import.meta.url));
const streams = 100;
const maxBufferedBytes = 128 * 1024;
const [rounds, eventsPerRound, eventBytes] = [40, 25, 20_000];

/** Row 69 of the faults: a process that holds a hundred event streams is stopped, and the rest does not notice. */
it('a hundred event streams nobody reads cost a bounded amount of memory, and are cut', { retry: 2, timeout: 150_000 }, async () => {
  const api = await startApi({ read: { eventLimits: { maxBufferedBytes, stallMs: 1000, maxStreams: streams } } });
  const child = spawn(process.execPath, [script, `http://127.0.0.1:${api.port}/api/v1/events`, String(streams)], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => said.includes('open'));
    child.kill('SIGSTOP');
    const before = process.memoryUsage().rss;
    let highest = before;
    for (let round = 0; round < rounds; round++) {
      await api.backend.anomalies.record(Array.from({ length: eventsPerRound }, (_, i) => finding({ id: `${round}-${i}`, metric: 'm', explanation: 'x'.repeat(eventBytes) })));
      expect((await api.ask('/api/v1/status')).status).toBe(200);
      highest = Math.max(highest, process.memoryUsage().rss);
    }
    // Kept for all of them it would be 2 GB, less what the kernel holds.
    expect(highest - before).toBeLessThan(400 * 1024 * 1024);
    // Cut: there is room for new streams again.
    await until(async () => {
      const message = await api.open('/api/v1/events');
      message.destroy();
      return message.statusCode === 200;
    });
    child.kill('SIGCONT');
    await until(() => said.includes(`closed ${streams}`));
  } finally {
    child.kill('SIGKILL');
    await api.stop();
  }
});

/** Two gigabytes go out before all are full: a busy machine takes its time. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 100) {
    if (await holds()) return;
    await sleep(100);
  }
  throw new Error('it did not come to that');
}
