// Names: time per mode over 100,000 and 1,000,000 of them, memory of the index, and 500 evil patterns; beside a plain filter with the built-in RegExp or includes.
import { cpus } from 'node:os';
import { createNameIndex } from '../../packages/algorithms/dist/index.js';

const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, node ${process.versions.node}`;
const say = (name, value, unit, baseline, more) => console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit, ...(baseline && { baseline: { name: baseline.name, value: Number(baseline.value.toPrecision(4)) }, ratio: Number((baseline.value / value).toFixed(2)) }), ...more, machine }));

/** mulberry32 */
const generator = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const random = generator(1);
const pick = (list) => list[Math.floor(random() * list.length)];

const teams = ['web', 'search', 'billing', 'login', 'mail', 'ads', 'data', 'edge'];
const measures = ['cpu.busy', 'mem.used', 'disk.sda.write.bytes', 'http.requests.rate', 'http.latency.p99', 'queue.depth', 'jobs.running', 'gc.pause.ms', 'errors.rate', 'net.eth0.rx.bytes'];
const nameOf = (i) => `${pick(teams)}.dc${i % 4}.node-${String(Math.floor(i / 40)).padStart(5, '0')}.${pick(measures)}.${i % 97}`;

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const worst = (values) => Math.max(...values);
function timed(work, rounds = 7) {
  const took = [];
  for (let i = 0; i < rounds; i += 1) {
    const since = performance.now();
    work();
    took.push(performance.now() - since);
  }
  return { median: median([...took]), worst: worst(took) };
}

const queries = {
  fuzzy: [['latency 00123', (name) => name.includes('latency') && name.includes('00123')], ['wcpu', (name) => /w.*c.*p.*u/.test(name)], ['edge gc', (name) => name.includes('edge') && name.includes('gc')]],
  glob: [['web.*.http.latency.*', (name) => /^web\..*\.http\.latency\..*$/s.test(name)], ['*{p99,rate}*7', (name) => /^.*(p99|rate).*7$/s.test(name)]],
  regex: [['/node-0012[0-9].*bytes/', (name) => /node-0012[0-9].*bytes/.test(name)], ['/^(web|ads)\\..*gc/', (name) => /^(web|ads)\..*gc/.test(name)]],
  exact: [['=web.dc1.node-00001.cpu.busy.1', (name) => name === 'web.dc1.node-00001.cpu.busy.1']],
};

/** Patterns that backtracking engines choke on, and dense ones that touch every letter. */
function evilPatterns(count) {
  const parts = ['(a+)+', '(.*)*', '(a|aa)+', '(.+)+x', '([a-z]+)*\\d', '(\\w*)*', '.*.*.*.*', '(x+x+)+y', '[^.]*[^.]*', '(a?){20}a{20}', '\\w*\\w*\\w*!', '(.|a)*b'];
  const tails = ['$', 'Z$', '!', '.*~', '\\d{9}$', ''];
  return Array.from({ length: count }, () => `/${random() < 0.3 ? '^' : ''}${pick(parts)}${random() < 0.5 ? pick(parts) : ''}${pick(tails)}/`);
}

for (const count of (process.env.NAMES ?? "100000,1000000").split(",").map(Number)) {
  const names = Array.from({ length: count }, (_, i) => nameOf(i));
  globalThis.gc?.();
  const before = process.memoryUsage();
  const building = performance.now();
  const index = createNameIndex(names);
  index.search('warm', { limit: 10 });
  const built = performance.now() - building;
  globalThis.gc?.();
  const after = process.memoryUsage();
  say(`names ${count} build`, built, 'ms');
  say(`names ${count} memory`, (after.heapUsed + after.arrayBuffers + after.external - before.heapUsed - before.arrayBuffers - before.external) / count, 'bytes/name');
  for (const [mode, list] of Object.entries(queries)) {
    for (const [query, plain] of list) {
      const ours = timed(() => index.search(query, { limit: 100 }));
      const theirs = timed(() => names.filter(plain).slice(0, 100));
      say(`names ${count} ${mode} ${query}`, ours.median, 'ms', { name: 'plain filter', value: theirs.median }, { worst: Number(ours.worst.toFixed(1)), total: index.search(query, { limit: 1 }).total });
    }
  }
  const evil = evilPatterns(500);
  let [refused, cut, slowest, slowestPattern] = [0, 0, 0, ''];
  const took = evil.map((pattern) => {
    const since = performance.now();
    try {
      const over = performance.now() + 70;
      if (index.search(pattern, { limit: 100, isOver: () => performance.now() > over }).partial) cut += 1;
    } catch (error) {
      if (error.code !== 'bad-pattern') throw error;
      refused += 1;
    }
    const ms = performance.now() - since;
    if (ms > slowest) [slowest, slowestPattern] = [ms, pattern];
    return ms;
  });
  say(`names ${count} evil patterns worst`, slowest, 'ms', undefined, { pattern: slowestPattern, median: Number(median(took).toFixed(2)), refused, endedEarly: cut });
}
