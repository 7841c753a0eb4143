// A stand-in for `skylark up` while working on the pages: invented series, the API's shapes, the real Content-Security-Policy.
//   npm run build -w @skylark/dashboard && node packages/dashboard/dev/fake-server.mjs [--port 1500] [--open 12] [--hostile] [--empty] [--token T]
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hostileNames } from './hostile-names.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const tests = ['histogram_bins', 'first_hour_average', 'stddev_from_average', 'grubbs', 'ks_test', 'mean_subtraction_cumulation', 'median_absolute_deviation', 'stddev_from_moving_average', 'least_squares'];

/** Starts the stand-in on a free port (or the one told); answers its address and its end. */
export async function startFakeServer({ port = 0, open = 12, hostile = false, empty = false, token = null } = {}) {
  const world = makeWorld({ open, hostile, empty });
  const listeners = new Set();
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    response.setHeader('Content-Security-Policy', policy);
    if (!url.pathname.startsWith('/api/')) return serveFile(url.pathname, response);
    if (token && url.pathname !== '/api/v1/session' && !(request.headers.cookie ?? '').includes(`session=${token}`)) return problem(response, 401, 'unauthorized', 'A token is needed');
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => answer({ request, response, url, world, listeners, token, body: url.pathname === '/api/v1/datapoints' ? body.split('\n').map((line) => JSON.parse(line)) : body ? JSON.parse(body) : {} }));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    world,
    emit: (name, anomaly) => listeners.forEach((response) => response.write(`event: anomaly.${name}\ndata: ${JSON.stringify(anomaly)}\n\n`)),
    stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  };
}

function makeWorld({ open, hostile, empty }) {
  const now = Math.floor(Date.now() / 1000);
  const services = ['checkout', 'search', 'payments', 'catalog', 'session', 'mail'];
  const measures = ['latency.p99', 'latency.p50', 'errors', 'requests', 'cpu.user', 'memory.rss', 'queue.depth', 'gc.pause'];
  const names = empty ? [] : services.flatMap((service) => ['eu-1', 'eu-2', 'us-1'].flatMap((zone) => measures.map((measure) => `demo.shop.${service}.${zone}.${measure}`)));
  if (!empty) names.push(`demo.shop.${'a-very-long-segment-'.repeat(9)}.end.of.the.name`);
  while (!empty && names.length < open) names.push(`demo.fleet.host-${String(names.length).padStart(4, '0')}.load.shortterm`);
  if (hostile) names.push(...hostileNames);
  const chosen = hostile ? [...hostileNames, ...names].slice(0, Math.max(open, hostileNames.length)) : names.filter((_, i) => (i * 7) % Math.max(1, Math.floor(names.length / Math.max(1, open))) === 0 || open > names.length / 2).slice(0, open);
  const anomalies = chosen.map((metric, i) => anomalyOf(metric, i, now));
  const past = names.slice(0, 20).map((metric, i) => ({ ...anomalyOf(metric, i + 3, now - 20_000), id: `past-${i}`, state: 'closed', end: now - 19_000 + i * 60 }));
  return { names, anomalies, past, now };
}

function anomalyOf(metric, i, now) {
  const kind = i % 11 === 9 ? 'stopped' : 'deviation';
  const fired = kind === 'stopped' ? 0 : 9 - (i % 9 > 6 ? 6 : Math.floor((i * 5) % 6));
  const score = kind === 'stopped' ? 50 : Math.round((fired / 9) * 1000) / 10;
  const base = 40 + (hash(metric) % 400);
  const detectors = kind === 'stopped' ? [] : tests.map((name, t) => ({ name, vote: t < fired ? true : t === 8 && fired < 6 ? null : false, statistic: Math.round((3 + (fired - t) * 1.7) * 1000) / 1000, threshold: 3, explanation: t < fired ? `The mean of the last three values lies ${(3 + (fired - t) * 1.7).toFixed(1)} standard deviations from the mean; more than 3 fires.` : `${Math.max(0.1, 3 + (fired - t) * 0.7).toFixed(1)} standard deviations; at most 3 is quiet.` }));
  const severity = score >= 75 ? 'critical' : score >= 50 ? 'major' : score >= 25 ? 'minor' : 'warning';
  const start = now - 300 - ((i * 977) % 9000);
  return {
    id: `a-${i}-${hash(metric)}`, metric, kind, state: 'open', start, end: null, peak: start + 120, value: Math.round(base * 2.7 * 10) / 10, score, severity,
    expected: kind === 'stopped' ? null : { low: Math.round(base * 0.8), high: Math.round(base * 1.25) }, votes: Object.fromEntries(detectors.map(({ name, vote }) => [name, vote])), detectors,
    explanation: kind === 'stopped' ? 'No datapoint for 12 minutes; one each minute was usual.' : `Highest in 24 hours. ${fired} of 9 tests agree.`,
    acknowledged: i % 6 === 5, mutedUntil: null, feedback: null, note: null, updated: now,
    ...(i === 0 ? { seenBefore: [{ id: 'past-0', metric, start: now - 400_000, distance: 0.82, feedback: 'real', note: 'deploy of checkout 4.1 rolled back' }] } : {}),
  };
}

function hash(text) {
  let h = 2166136261;
  for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 16777619);
  return (h >>> 0) % 100_000;
}

function valueAt(metric, time, anomaly) {
  const seed = hash(metric);
  const base = 40 + (seed % 400);
  const noise = (hash(`${seed}${Math.floor(time)}`) / 100_000 - 0.5) * base * 0.12;
  const wave = Math.sin((time / 86_400) * 2 * Math.PI * (1 + (seed % 3)) + seed) * base * 0.15 + Math.sin((time / 3600) * Math.PI + seed) * base * 0.04;
  if (!anomaly || time < anomaly.start || time >= (anomaly.end ?? Infinity)) return base + wave + noise;
  if (anomaly.kind === 'stopped') return null;
  const grown = Math.min(1, (time - anomaly.start) / 240);
  return base + wave + noise * 2 + grown * base * [1.7, -0.7, 1.1][seed % 3];
}

function seriesOf(world, metric, { from, until, maxPoints = Infinity }) {
  const anomaly = [...world.anomalies, ...world.past].find((one) => one.metric === metric);
  const raw = [];
  for (let t = Math.ceil(Math.max(from, world.now - 86_400) / 10) * 10; t < Math.min(until, Date.now() / 1000); t += 10) {
    if (hash(metric) % 5 === 0 && t > world.now - 9000 && t < world.now - 7000) continue;
    const value = valueAt(metric, t, anomaly);
    if (value !== null) raw.push([t, value]);
  }
  const common = { metric, from, until, points: raw.length, resolution: 10 };
  if (raw.length <= maxPoints) return { ...common, returned: raw.length, timestamps: raw.map(([t]) => t), values: raw.map(([, v]) => v) };
  const width = (until - from) / maxPoints;
  const buckets = new Map();
  for (const [t, v] of raw) (buckets.get(Math.floor((t - from) / width)) ?? buckets.set(Math.floor((t - from) / width), []).get(Math.floor((t - from) / width))).push(v);
  const entries = [...buckets];
  return { ...common, returned: entries.length, timestamps: entries.map(([b]) => from + b * width), values: entries.map(([, v]) => v.reduce((a, b) => a + b) / v.length), min: entries.map(([, v]) => Math.min(...v)), max: entries.map(([, v]) => Math.max(...v)) };
}

function answer({ request, response, url, world, listeners, token, body }) {
  const path = url.pathname.slice('/api/v1'.length);
  const get = (name) => url.searchParams.get(name);
  const method = request.method;
  if (path === '/datapoints') return json(response, receive(world, listeners, body));
  if (method !== 'GET' && request.headers['x-skylark'] !== '1') return problem(response, 403, 'forbidden', 'X-Skylark is missing');
  if (path === '/session') return body.token === token ? (response.setHeader('Set-Cookie', `session=${token}; HttpOnly; SameSite=Strict`), json(response, {})) : problem(response, 401, 'unauthorized', 'This token is not known');
  if (path === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).write(': hello\n\n');
    listeners.add(response);
    return response.on('close', () => listeners.delete(response));
  }
  if (path === '/status') return json(response, { version: '0.1.0', uptimeSeconds: 300, backend: 'embedded', stages: [], lastRound: { slot: Math.floor(Date.now() / 60_000), series: world.names.length, anomalies: world.anomalies.length, tookMs: 48, late: 0 }, metrics: world.names.length, storeBytes: 1e6 });
  if (path === '/anomalies') {
    const all = [...(get('state') === 'all' ? world.past : []), ...world.anomalies].filter(({ metric }) => !get('query') || metric === get('query').slice(1)).sort((a, b) => b.score - a.score);
    const start = Number(get('cursor') ?? 0);
    const limit = Number(get('limit') ?? 100);
    return json(response, { total: all.length, anomalies: all.slice(start, start + limit), ...(start + limit < all.length ? { nextCursor: String(start + limit) } : {}) });
  }
  if (path.startsWith('/anomalies/')) {
    const id = decodeURIComponent(path.slice('/anomalies/'.length));
    const anomaly = [...world.anomalies, ...world.past].find((one) => one.id === id);
    if (!anomaly) return problem(response, 404, 'unknown-anomaly', id);
    if (method === 'PATCH') Object.assign(anomaly, body);
    return json(response, anomaly);
  }
  if (path === '/series') {
    if (!world.names.includes(get('metric'))) return problem(response, 404, 'unknown-metric', get('metric'), { didYouMean: world.names.slice(0, 3) });
    return json(response, seriesOf(world, get('metric'), { from: Number(get('from')), until: Number(get('until')), maxPoints: Number(get('maxPoints')) }));
  }
  if (path === '/metrics') {
    if (method === 'DELETE') {
      const removed = world.names.length;
      Object.assign(world, { names: [], anomalies: [], past: [] });
      return json(response, { removed });
    }
    return json(response, findNames(world, get('query') ?? '', Number(get('limit') ?? 100)));
  }
  if (path === '/search') return json(response, search(world, body));
  return problem(response, 404, 'not-found', path);
}

/** Takes names only; each becomes an anomaly at once. */
function receive(world, listeners, batches) {
  for (const { metric } of batches) {
    const anomaly = { ...anomalyOf(metric, 0, Math.floor(Date.now() / 1000)), seenBefore: undefined };
    world.names.push(metric);
    world.anomalies.push(anomaly);
    for (const listener of listeners) listener.write(`event: anomaly.opened\ndata: ${JSON.stringify(anomaly)}\n\n`);
  }
  return { accepted: batches.reduce((sum, { timestamps }) => sum + timestamps.length, 0), rejectedTotal: 0, rejected: [] };
}

function findNames(world, query, limit) {
  const mode = query === '' ? 'all' : query.startsWith('=') ? 'exact' : /[*?{[]/.test(query) ? 'glob' : query.startsWith('/') ? 'regex' : 'fuzzy';
  const test = mode === 'exact' ? (name) => name === query.slice(1) : mode === 'glob' ? (name) => name.startsWith(query.split('*')[0]) : (name) => subsequence(name, query) !== null;
  const found = world.names.filter(test);
  return { mode, total: found.length, tookMs: 1.2, metrics: found.slice(0, limit).map((metric) => ({ metric, firstTimestamp: world.now - 86_400, lastTimestamp: world.now - 4, ...(mode === 'fuzzy' ? { ranges: subsequence(metric, query) } : {}) })) };
}

function subsequence(name, query) {
  const ranges = [];
  let at = 0;
  for (const letter of query.toLowerCase().replaceAll(' ', '')) {
    const found = name.toLowerCase().indexOf(letter, at);
    if (found === -1) return null;
    if (ranges.at(-1)?.[1] === found) ranges.at(-1)[1]++;
    else ranges.push([found, found + 1]);
    at = found + 1;
  }
  return ranges;
}

function search(world, { metric, anomaly, from, until, limit = 10, scope }) {
  const of = [...world.anomalies, ...world.past].find(({ id }) => id === anomaly);
  const name = metric ?? of?.metric ?? world.names[0] ?? 'none';
  const start = from ?? (of?.start ?? world.now) - 1800;
  const end = until ?? (of?.start ?? world.now) + 900;
  const sample = (series) => Array.from({ length: 90 }, (_, i) => series.values[Math.floor((i * series.values.length) / 90)] ?? 0);
  const query = { metric: name, from: start, until: end, values: sample(seriesOf(world, name, { from: start, until: end })) };
  const others = world.names.filter((other) => other !== name);
  const matches = others.slice(0, 40).map((other, i) => {
    const past = scope !== 'live' && (i % 3 === 1 || scope === 'anomalies');
    const values = query.values.map((v, k) => v * (1 + (i % 4)) + (hash(`${other}${k}`) / 100_000 - 0.5) * (i + 1) * 14);
    return { metric: other, source: past ? 'anomaly' : 'live', ...(past ? { id: `past-${i % 20}` } : {}), distance: 0.3 + i * 0.41, from: past ? start - 90_000 : start, until: past ? end - 90_000 : end, values };
  });
  return { tookMs: 18.4, length: 90, stages: [{ name: 'candidates', candidates: others.length, tookMs: 3 }, { name: 'lowerBound', candidates: 48, tookMs: 6 }, { name: 'dtw', candidates: 21, tookMs: 9 }], query, total: matches.length, matches: matches.slice(0, limit) };
}

function json(response, body, status = 200) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function problem(response, status, code, detail, more = {}) {
  response.writeHead(status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail, requestId: 'fake-0001', ...more }));
}

function serveFile(pathname, response) {
  const file = join(dist, normalize(pathname));
  const found = file.startsWith(dist) && existsSync(file) && statSync(file).isFile() ? file : join(dist, 'index.html');
  response.writeHead(200, { 'Content-Type': types[extname(found)] ?? 'application/octet-stream' });
  createReadStream(found).pipe(response);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '1500' }, open: { type: 'string', default: '12' }, hostile: { type: 'boolean', default: false }, empty: { type: 'boolean', default: false }, token: { type: 'string' } } });
  const { url } = await startFakeServer({ port: Number(values.port), open: Number(values.open), hostile: values.hostile, empty: values.empty, token: values.token ?? null });
  console.log(url);
}
