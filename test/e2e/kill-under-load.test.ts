import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startSkylark, type RunningProduct } from '../product.js';

/** 20 kills in `npm test`, 200 in `npm run soak`. */
const kills = process.env['SKYLARK_SOAK'] === undefined ? 20 : 200;
const writers = 4;
const seed = Number(process.env['SKYLARK_SEED'] ?? Date.now() % 1_000_000);

/** mulberry32: a small seeded generator of numbers in [0, 1). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a metric's value is at a time: anyone can tell a wrong one. */
const valueAt = (timestamp: number, writer: number): number => ((timestamp * 31 + writer * 7) % 1000) / 10;

it(`${kills} kill -9 at random moments under HTTP load lose no acknowledged datapoint and bring no wrong one (seed ${seed})`, async () => {
  const random = randomFrom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'skylark-kill-'));
  const epoch = Math.floor(Date.now() / 1000) - 80_000;
  const sent = Array.from({ length: writers }, () => 0);
  const acknowledged: Set<number>[] = Array.from({ length: writers }, () => new Set());
  const restartSeconds: number[] = [];
  let product: RunningProduct | null = null;

  const write = async (url: string, writer: number, stopped: () => boolean): Promise<void> => {
    while (!stopped()) {
      const timestamps = Array.from({ length: 1 + Math.floor(random() * 20) }, () => epoch + (sent[writer] = (sent[writer] ?? 0) + 1));
      const body = JSON.stringify({ metric: `kill.writer-${writer}`, timestamps, values: timestamps.map((timestamp) => valueAt(timestamp, writer)) });
      try {
        const response = await fetch(`${url}/api/v1/datapoints`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
        if (response.status !== 200) continue;
        const answer = (await response.json()) as { accepted: number };
        if (answer.accepted === timestamps.length) for (const timestamp of timestamps) acknowledged[writer]?.add(timestamp);
      } catch {
        // Killed before it answered: not acknowledged.
      }
    }
  };

  try {
    for (let kill = 0; kill < kills; kill++) {
      const startedMs = performance.now();
      product = await startSkylark({ folder });
      restartSeconds.push((performance.now() - startedMs) / 1000);
      let killed = false;
      const running = Array.from({ length: writers }, (_, writer) => write(product?.url ?? '', writer, () => killed));
      await sleep(100 + random() * 700);
      killed = true;
      await product.end('SIGKILL');
      await Promise.all(running);
    }
    product = await startSkylark({ folder });
    let total = 0;
    for (let writer = 0; writer < writers; writer++) {
      const response = await fetch(`${product.url}/api/v1/series?metric=kill.writer-${writer}&from=${epoch}&until=${epoch + 100_000}`);
      const { timestamps, values } = (await response.json()) as { timestamps: number[]; values: number[] };
      const stored = new Set(timestamps);
      const lost = [...(acknowledged[writer] ?? [])].filter((timestamp) => !stored.has(timestamp));
      const wrong = timestamps.filter((timestamp, index) => values[index] !== valueAt(timestamp, writer) || timestamp > epoch + (sent[writer] ?? 0));
      expect({ writer, lost, wrong }).toEqual({ writer, lost: [], wrong: [] });
      total += acknowledged[writer]?.size ?? 0;
    }
    expect(total).toBeGreaterThan(kills);
    const sorted = [...restartSeconds].sort((a, b) => a - b);
    console.log(`${kills} kills, ${total} datapoints acknowledged, 0 lost, 0 wrong; restart median ${sorted[kills >> 1]?.toFixed(2)} s, worst ${sorted.at(-1)?.toFixed(2)} s`);
    expect(sorted.at(-1)).toBeLessThan(5);
  } finally {
    await product?.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000 + kills * 8000);
