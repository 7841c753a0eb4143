// A crew of threads against one thread alone, from the build: the same ranks, whatever the threads, also while the memory grows and after a thread was lost.
import { createShapeColumns, exactRanks, searchDtw, zNormalise } from '../../packages/algorithms/dist/index.js';
import { openSearchCrew } from '../../packages/scorer/dist/index.js';

const warnings = [];
const logger = { debug() {}, info() {}, warn: (event) => warnings.push(event), error: (event) => warnings.push(event) };
const length = 64;
let state = Number(process.argv[2]);
const random = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
const walk = () => { let at = 0; return zNormalise(Float64Array.from({ length }, () => (at += random() - 0.5))); };
const shapes = Array.from({ length: 6000 }, walk);
const queries = Array.from({ length: 12 }, walk);

async function ranksBy(threads, simd) {
  const crew = await openSearchCrew({ simd, threads, maximumBytes: 2 ** 28, logger });
  const columns = createShapeColumns(crew.arena, length);
  const answers = [];
  for (const [i, query] of queries.entries()) {
    // More columns with each query: the memory grows under the threads.
    for (const one of shapes.slice(i * 500, (i + 1) * 500)) columns.add(one);
    const mask = crew.arena.allocate(columns.pages * 256);
    const { nearest } = await crew.exclusive(() => crew.nearest(columns, query, { method: 'dtw', radius: 6, count: 10, mask }));
    answers.push(exactRanks(nearest, { count: 10, tie: (a, b) => a - b, distance: (id) => searchDtw(query, shapes[id], { band: 0.09 }) }));
  }
  const working = crew.threads;
  await crew.close();
  return { answers, working };
}

const alone = await ranksBy(0, true);
const results = {};
for (const [threads, simd] of [[1, true], [3, true], [2, false]]) {
  const many = await ranksBy(threads, simd);
  results[`${threads} more, simd ${simd}`] = { same: JSON.stringify(many.answers) === JSON.stringify(alone.answers), working: many.working };
}
console.log(JSON.stringify({ results, warnings }));
