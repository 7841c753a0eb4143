import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it.each([1, 2, 3])('threads of a search crew rank as one thread alone does, seed %d', (seed) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(new URL('search-crew.mjs', import.meta.url)), String(seed)], { encoding: 'utf8', timeout: 60_000 });
  expect([status, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual({
    results: {
      '1 more, simd true': { same: true, working: 2 },
      '3 more, simd true': { same: true, working: 4 },
      '2 more, simd false': { same: true, working: 3 },
    },
    warnings: [],
  });
}, 120_000);
