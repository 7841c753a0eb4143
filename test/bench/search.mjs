// The search kernels over z-normalised columns of 128 points, beside their plain twin, dtaidistance and numpy in the same run; answers asserted equal.
// node test/bench/search.mjs [one-core|live|lagged|all-cores ...] [quick]: some parts only; `quick` leaves out the largest sizes and Python.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArena, createBoard, createKernelMemory, createKernels, createShapeColumns, createShapeIndex, createShapeSearch, exactRanks, kernelsUrl, searchDtw, euclidean, zNormalise } from '../../packages/algorithms/dist/index.js';
import { openSearchCrew } from '../../packages/scorer/dist/index.js';

const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, node ${process.versions.node}`;
const quick = process.argv.includes('quick');
const parts = process.argv.slice(2).filter((part) => part !== 'quick');
const wanted = (part) => parts.length === 0 || parts.includes(part);
const points = 128;
const band = 0.1;
const radius = Math.ceil(band * points);
const count = 10;
const quiet = { debug() {}, info() {}, warn() {}, error: console.error };
const say = (name, value, unit, baseline, more) => console.log(JSON.stringify({
  name, value: Number(value.toPrecision(4)), unit, ...more,
  ...(baseline && { baseline: { name: baseline.name, value: Number(baseline.value.toPrecision(4)) }, ratio: Number((baseline.value / value).toFixed(1)) }),
  machine,
}));

/** mulberry32, so that every run sees the same data. */
const generator = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
let random = generator(1);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** What an hour of a company's metrics looks like; each makes one series' value of the point's number. */
const kinds = {
  walk: () => { let at = 0; return () => (at += normal()); },
  rhythm: () => { const [phase, cycles, noise] = [7 * random(), 1 + Math.floor(4 * random()), 0.1 + 0.4 * random()]; return (i) => Math.sin((2 * Math.PI * cycles * i) / points + phase) + noise * normal(); },
  counter: () => { let at = 0; return () => (at += Math.max(0, 50 + 10 * normal())); },
  // As `skylark seed` makes them: a slow level with noise that remembers, and an incident in some.
  seed: () => {
    const [level, swing, keeps] = [100 * random(), 2 + 8 * random(), 0.5 + 0.49 * random()];
    const [start, high] = [random() < 0.3 ? Math.floor(points * random()) : points, 10 * normal()];
    let noise = 0;
    return (i) => level + swing * Math.sin(i / 200) + (noise = keeps * noise + normal()) + (i >= start ? high : 0);
  },
  bursts: () => { let at = 0; return () => (at = 0.7 * at + (random() < 0.05 ? 20 * random() : 0) + 0.3 * random()); },
  noise: () => () => normal(),
};
const mixes = { walks: ['walk'], 'company mix': ['walk', 'rhythm', 'counter', 'seed', 'bursts'], 'noise (the worst)': ['noise'] };

function shape(names) {
  const next = kinds[names[Math.floor(random() * names.length)]]();
  return zNormalise(Float64Array.from({ length: points }, (_, i) => next(i))) ?? shape(names);
}

const cpuMs = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};
const mean = (figures) => figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
const p95 = (figures) => figures.toSorted((a, b) => a - b)[Math.floor(0.95 * figures.length)];

/** One thread's search by kernels or by their twin. */
function searcher(simd) {
  const arena = createArena(createKernelMemory(2 ** 31));
  const { kernels, simd: compiled } = createKernels(arena.memory, simd ? readFileSync(kernelsUrl()) : null);
  if (compiled !== simd) throw new Error('the compiled kernels do not run here');
  const search = createShapeSearch({ arena, kernels, board: createBoard(arena, kernels), threads: 1 });
  return { arena, nearest: (...input) => search.nearest(...input), lagged: (...input) => search.lagged(...input) };
}

function fill({ arena }, shapes) {
  const columns = createShapeColumns(arena, points);
  for (const one of shapes) columns.add(one);
  return { columns, mask: arena.allocate(shapes.length + 256) };
}

const tie = (a, b) => a - b;
const exact = (nearest, query, shapes, method) => exactRanks(nearest, { count, tie, distance: (id) => (method === 'dtw' ? searchDtw(query, shapes[id], { band }) : euclidean(query, shapes[id])) });

/** CPU a query, exact ranks included, after some to warm up. */
async function measure(one, { columns, mask }, shapes, queries, method) {
  const figures = [];
  const walls = [];
  const answers = [];
  for (const [i, query] of [...queries.slice(0, 5), ...queries].entries()) {
    const [since, start] = [process.cpuUsage(), performance.now()];
    const { nearest } = await one.nearest(columns, query, { method, radius, count, mask });
    const ranks = exact(nearest, query, shapes, method);
    if (i < 5) continue;
    figures.push(cpuMs(since));
    walls.push(performance.now() - start);
    answers.push(ranks);
  }
  return { figures, walls, answers };
}

function assertEqual(what, left, right, tolerance = 0) {
  left.forEach((ranks, q) => ranks.forEach(({ id, distance }, i) => {
    const other = right[q][i];
    if (other.id !== id && Math.abs(other.distance - distance) > tolerance) throw new Error(`${what}: query ${q}, rank ${i}: ${id} at ${distance}, ${other.id} at ${other.distance}`);
  }));
}

const python = quick || !(wanted('one-core') || wanted('lagged')) ? null : startPython();

/** A folder with dtaidistance and numpy in it, or why there is none. */
function startPython() {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-bench-'));
  const run = (command, ...args) => {
    const { status, error } = spawnSync(command, args, { stdio: 'ignore', timeout: 300_000 });
    return status === 0 && !error;
  };
  const bin = join(folder, 'venv', 'bin', 'python');
  if (run('python3', '-m', 'venv', join(folder, 'venv')) && run(bin, '-m', 'pip', 'install', '-q', 'numpy', 'dtaidistance')) return { folder, bin };
  console.error('skipped dtaidistance and numpy: python3 with venv, or the packages, cannot be had');
  rmSync(folder, { recursive: true });
  return null;
}

/** The same top ten by a program of Python's, with its own CPU time a query. */
function byPython(what, shapes, queries) {
  if (!python) return null;
  const flat = (list) => Buffer.from(Float64Array.from(list.flatMap((one) => [...one])).buffer);
  writeFileSync(join(python.folder, 'data.bin'), Buffer.concat(chunks(shapes, 10_000).map(flat)));
  writeFileSync(join(python.folder, 'queries.bin'), flat(queries));
  writeFileSync(join(python.folder, 'run.py'), pythonProgram);
  const { status, stdout, stderr } = spawnSync(python.bin, [join(python.folder, 'run.py'), what, python.folder, String(points), String(radius), String(count)], { encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' } });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const chunks = (list, size) => Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

const pythonProgram = `
import json, sys, time
import numpy as np
what, folder, points, radius, count = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
data = np.fromfile(folder + '/data.bin').reshape(-1, points)
queries = np.fromfile(folder + '/queries.bin').reshape(-1, points)

def brute_euclid(query):
    sums = ((data - query) ** 2).sum(axis=1)
    ids = np.lexsort((np.arange(len(sums)), sums))[:count]
    return [(int(i), float(np.sqrt(sums[i]))) for i in ids]

def dtai(query):
    # As its own manual says to search: LB_Keogh in C over all, then C distances in that order, abandoning at the count-th best.
    from dtaidistance import dtw
    low = np.array([query[max(0, i - radius):i + radius + 1].min() for i in range(points)])
    high = np.array([query[max(0, i - radius):i + radius + 1].max() for i in range(points)])
    bounds = (np.maximum(np.maximum(data - high, low - data), 0) ** 2).sum(axis=1)
    best = []
    limit = np.inf
    for i in np.argsort(bounds, kind='stable'):
        if bounds[i] > limit * limit * (1 + 1e-9):
            break
        distance = dtw.distance_fast(query, data[i], window=radius + 1, max_dist=None if limit == np.inf else limit * (1 + 1e-9))
        if distance <= limit:
            best = sorted(best + [(distance, int(i))])[:count]
            if len(best) == count:
                limit = best[-1][0]
    return [(i, d) for d, i in best]

run = dtai if what == 'dtw' else brute_euclid
run(queries[0])
figures, answers = [], []
for query in queries:
    since = time.process_time()
    ranks = run(query)
    figures.append((time.process_time() - since) * 1000)
    answers.append([{'id': i, 'distance': d} for i, d in ranks])
print(json.dumps({'figures': figures, 'answers': answers}))
`;

/** One core: kernels, twin, Python. */
async function oneCore(method, size, mixName, { twinQueries = 20, queries: asked = 100 } = {}) {
  random = generator(size + method.length);
  const shapes = Array.from({ length: size }, () => shape(mixes[mixName]));
  const queries = Array.from({ length: asked }, () => shape(mixes[mixName]));
  const fast = searcher(true);
  const kernels = await measure(fast, fill(fast, shapes), shapes, queries, method);
  const slow = searcher(false);
  const twin = await measure(slow, fill(slow, shapes), shapes, queries.slice(0, twinQueries), method);
  assertEqual('twin', twin.answers, kernels.answers);
  const name = `search ${method} ${size} x ${points}, ${mixName}, one core`;
  say(`${name}, mean CPU`, mean(kernels.figures), 'ms/query', { name: 'plain TypeScript twin', value: mean(twin.figures) });
  say(`${name}, p95 CPU`, p95(kernels.figures), 'ms/query', { name: 'plain TypeScript twin', value: p95(twin.figures) });
  const other = size <= 100_000 ? byPython(method, shapes, queries.slice(0, twinQueries)) : null;
  if (!other) return;
  assertEqual('Python', other.answers, kernels.answers, 1e-6);
  say(`${name}, mean CPU`, mean(kernels.figures), 'ms/query', { name: method === 'dtw' ? 'dtaidistance in C with LB_Keogh' : 'numpy over all', value: mean(other.figures) });
}

/** All cores: wall time by a crew. */
async function allCores(method, size, mixName, queriesWanted = 100) {
  random = generator(size + method.length);
  const shapes = Array.from({ length: size }, () => Float32Array.from(shape(mixes[mixName])));
  const queries = Array.from({ length: queriesWanted }, () => shape(mixes[mixName]));
  const crew = await openSearchCrew({ simd: true, threads: cpus().length - 1, maximumBytes: 2 ** 31, logger: quiet });
  const single = searcher(true);
  const many = await measure(crew, fill(crew, shapes), shapes, queries, method);
  const one = await measure(single, fill(single, shapes), shapes, queries.slice(0, 10), method);
  assertEqual('one thread', one.answers, many.answers);
  say(`search ${method} ${size} x ${points}, ${mixName}, ${crew.threads} threads, mean wall`, mean(many.walls), 'ms/query', { name: 'one thread', value: mean(one.walls) }, { p95: Number(p95(many.walls).toPrecision(3)), cpu: Number(mean(many.figures).toPrecision(3)) });
  await crew.close();
}

/** The live index: memory, updates, sketches, a query over rings. */
async function liveIndex(size) {
  random = generator(size);
  const one = searcher(true);
  const start = 1_700_000_000;
  const windowSeconds = 3600;
  const names = Array.from({ length: size }, (_, i) => `dc${i % 3}.host-${i % 500}.service.metric-${i}`);
  const index = createShapeIndex({ arena: one.arena, windows: [{ length: points, windowSeconds }], originSeconds: start });
  const step = 10;
  const rounds = 400;
  const appended = { timestamps: new Float64Array(1), values: new Float64Array(1) };
  let updateMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    appended.timestamps[0] = start + step * round;
    const since = process.cpuUsage();
    for (let i = 0; i < size; i += 1) {
      appended.values[0] = Math.sin((i % 97) + round / (5 + (i % 13))) + ((i * 7919 + round * 104_729) % 1000) / 3000;
      index.append({ metric: names[i], ...appended });
    }
    if (round > rounds / 2) updateMs += cpuMs(since);
  }
  say(`live index of ${size}, update`, (updateMs * 1000) / (size * (rounds / 2 - 1)), 'us/datapoint');
  const mask = one.arena.allocate(index.capacity);
  for (let id = size; id < index.capacity; id += 1) one.arena.views().bytes[mask + id] = 1;
  const [rings] = index.windows;
  const until = start + step * rounds;
  const search = async (oldest, query) => {
    const since = process.cpuUsage();
    await one.nearest(rings, query, { method: 'dtw', radius, count, mask, oldest });
    return cpuMs(since);
  };
  const oldest = rings.gridAt(until - 15) - points + 1;
  const query = zNormalise(Float64Array.from(rings.column(17, oldest).points));
  await search(oldest - 2, query);
  say(`live index of ${size}, query with all sketches made anew`, await search(oldest - 1, query), 'ms CPU');
  say(`live index of ${size}, query`, mean(await Promise.all([1, 2, 3, 4, 5].map(() => 0)).then(async (list) => { for (const i of list.keys()) list[i] = await search(oldest - 1, query); return list; })), 'ms CPU');
  say(`live index of ${size}, shared memory`, one.arena.usedBytes / size, 'bytes/series');
}

/**
 * Every live ring at every shift, upside down too: what leads or follows by up to 11 steps (five minutes of an hour), two columns a step. The plain twin does the same over fewer
 * rings, for it is slow; answers asserted equal there. numpy does all shifts of one column by matrix products, over columns that lie ready.
 */
async function lagged(size, twinSize, queriesWanted = 20) {
  const steps = 11;
  const figuresOf = async (simd, count, asked) => {
    random = generator(size);
    const one = searcher(simd);
    const start = 1_700_000_000;
    const stepSeconds = 10;
    const rings = createShapeIndex({ arena: one.arena, windows: [{ length: points, windowSeconds: stepSeconds * (points - 1) }], originSeconds: start });
    const timestamps = Float64Array.from({ length: points + 8 }, (_, i) => start + stepSeconds * i);
    const names = mixes['company mix'];
    for (let id = 0; id < count; id += 1) {
      const next = kinds[names[id % names.length]]();
      rings.append({ metric: `m${id}`, timestamps, values: timestamps.map((_, i) => next(i)) });
    }
    const [window] = rings.windows;
    const newest = window.gridAt(timestamps.at(-1));
    const mask = one.arena.allocate(rings.capacity + 256);
    one.arena.views().bytes.fill(1, mask + count, mask + rings.capacity);
    const figures = [];
    const answers = [];
    for (let i = -3; i < asked; i += 1) {
      // What a ring did three and a half steps ago, as if it happened now.
      const column = window.column((i + 3) * 97 % count, newest - points - 3).points;
      const half = column.map((value, k) => (value + column[Math.max(0, k - 1)]) / 2);
      const query = { columns: [Float64Array.from(column), Float64Array.from(half)], first: newest - points + 1, shiftFrom: -steps, shiftTo: 4, oldest: newest - points - 7, newest, leastOverlap: Math.ceil(0.7 * points), coveredTo: points - 4, normalisation: 'both', mirrored: true, smoothing: 1 };
      const since = process.cpuUsage();
      const { nearest } = await one.lagged(window, query, { count: 256, mask });
      if (i < 0) continue;
      figures.push(cpuMs(since));
      answers.push(nearest);
    }
    return { figures, answers, bytes: one.arena.usedBytes / count };
  };
  const [kernels, twin, same] = [await figuresOf(true, size, queriesWanted), await figuresOf(false, twinSize, 3), await figuresOf(true, twinSize, 3)];
  twin.answers.forEach((ranks, q) => ranks.forEach(({ far }, i) => {
    if (Math.abs(far ** 2 - same.answers[q][i].far ** 2) > 1e-3) throw new Error(`twin: query ${q}, rank ${i}: ${far} and ${same.answers[q][i].far}`);
  }));
  say(`search lagged ${size} x ${points}, 16 shifts x 2, mirrored, one core, mean CPU`, mean(kernels.figures), 'ms/query', { name: 'plain TypeScript twin', value: mean(twin.figures) * size / twinSize }, { p95: Number(p95(kernels.figures).toPrecision(3)), bytesASeries: Number(kernels.bytes.toPrecision(3)) });
  const other = lagByNumpy(size, steps);
  if (other !== null) say(`search lagged ${size} x ${points}, 16 shifts x 2, mirrored, one core, mean CPU`, mean(kernels.figures), 'ms/query', { name: 'numpy in float32, matrix products', value: other });
}

/** The same sums over rings that lie ready as one float32 matrix: products of all shifts at once, spreads by running sums. */
function lagByNumpy(size, steps) {
  if (!python) return null;
  const program = `
import time
import numpy as np
size, points, steps = ${size}, ${points}, ${steps}
rng = np.random.default_rng(1)
data = rng.standard_normal((size, points + 8)).cumsum(axis=1).astype(np.float32)
data -= data.mean(axis=1, keepdims=True)
def run(columns):
    best = None
    sums = np.cumsum(np.pad(data, ((0, 0), (1, 0))), axis=1)
    squares = np.cumsum(np.pad(data * data, ((0, 0), (1, 0))), axis=1)
    for shift in range(-steps, 5):
        first = points + 8 - points + shift
        low, high = max(0, first), min(points + 8, first + points)
        part = data[:, low:high]
        n = high - low
        s = sums[:, high] - sums[:, low]
        spread = squares[:, high] - squares[:, low] - s * s / n
        for column in columns:
            q = column[low - first:high - first]
            q = (q - q.mean()) / q.std()
            score = np.abs(part @ q) / np.sqrt(np.maximum(spread, 1e-9) * n)
            best = score if best is None else np.maximum(best, score)
    return np.argpartition(-best, 256)[:256]
columns = [data[7, 4:4 + points].copy(), data[7, 3:3 + points].copy()]
run(columns)
since = time.process_time()
for _ in range(3):
    run(columns)
print((time.process_time() - since) * 1000 / 3)
`;
  const { status, stdout, stderr } = spawnSync(python.bin, ['-c', program], { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' } });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

if (wanted('one-core')) {
  await oneCore('dtw', 20_000, 'walks');
  await oneCore('dtw', 20_000, 'company mix');
  await oneCore('dtw', 20_000, 'noise (the worst)', { twinQueries: 5, queries: 30 });
  await oneCore('euclidean', 100_000, 'walks');
  await oneCore('euclidean', 100_000, 'company mix');
  await oneCore('euclidean', 100_000, 'noise (the worst)', { twinQueries: 5, queries: 30 });
}
if (wanted('live')) await liveIndex(100_000);
if (wanted('lagged')) await lagged(100_000, 5000);
if (wanted('all-cores')) {
  for (const size of quick ? [10_000, 100_000] : [10_000, 50_000, 100_000, 250_000, 500_000]) {
    for (const mixName of ['walks', 'company mix']) await allCores('dtw', size, mixName);
  }
  if (!quick) await allCores('dtw', 100_000, 'noise (the worst)', 20);
}
if (python) rmSync(python.folder, { recursive: true });
