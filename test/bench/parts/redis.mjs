// A Redis of its own and the built store on it, for benches.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, listening } from './carbon.mjs';

export const clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined) };
export const logger = { debug() {}, info() {}, warn: console.error, error: console.error };

/** Null where redis-server is not installed. With AOF, synced every second, as a product should have it. */
export async function startRedis(args = []) {
  const path = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find((one) => existsSync(one));
  if (path === undefined) {
    console.error('redis-server is not installed (apt-get install redis-server): no figures');
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), 'skylark-bench-redis-'));
  const port = await freePort();
  const child = spawn(path, ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction', '--logfile', 'redis.log', ...args], { stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  await listening(port, 'redis-server');
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    async stop() {
      process.off('exit', kill);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The series in that Redis, built. */
export async function openStore(url, { prefix = 'skylark', retentionSeconds = null } = {}) {
  const { openRedisConnection } = await import('../../../packages/storage/dist/redis/connection/redis-connection.js');
  const { openRedisSeries } = await import('../../../packages/storage/dist/redis/series/open-redis-series.js');
  const connection = await openRedisConnection({ settings: { url, ack: 'local', prefix }, clock, logger });
  const { series } = await openRedisSeries({ connection, retentionSeconds, clock, logger });
  return { series, connection };
}

/** `used_memory` of a Redis, in bytes, once nothing is being freed any more. */
export async function usedMemory(connection) {
  for (let before = NaN; ; await sleep(200)) {
    const now = Number(/used_memory:(\d+)/.exec(await connection.client.info('memory'))[1]);
    if (Math.abs(now - before) < 20_000) return now;
    before = now;
  }
}

export async function sealAll(series) {
  for (let shard = 0; shard < series.shards; shard++) await series.maintain(shard, Date.now() / 1000 + 2 * 86_400);
}

export function print(name, value, unit, baseline, detail = {}, digits = 0) {
  const round = (figure) => Number(figure.toFixed(digits));
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  console.log(JSON.stringify({ name, value: round(value), unit, ...(baseline ? { baseline: { ...baseline, value: round(baseline.value) }, ratio: Math.round((100 * value) / baseline.value) / 100 } : {}), ...detail, machine }));
}

export const median = (figures) => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
