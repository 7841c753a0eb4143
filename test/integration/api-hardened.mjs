// Started by api-hardened.test.ts with Node's own hardening: the built API in front of the built store. Prints its port, ends when its input ends.
import { compileMatcher, createNameIndex } from '@skylark/algorithms';
import { createAlertBook, createShapesOf, readIncidents } from '@skylark/analyzer';
import { createApi, listenHttp } from '@skylark/api';
import { silentLogger } from '@skylark/core';
import { createScorer } from '@skylark/scorer';
import { openEmbedded } from '@skylark/storage/embedded';

const [folder] = process.argv.slice(2);
const clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()) };
const logger = { ...silentLogger, error: (event, fields) => console.error(event, fields) };
process.on('unhandledRejection', (error) => console.error('unhandled', error));
const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger, shards: 4 });
const handles = await backend.series.handles(['web.cpu', '__proto__']);
await backend.series.append({ handles: Uint32Array.of(handles[0], handles[0], handles[1]), timestamps: Float64Array.of(1000, 1010, 1000), values: Float64Array.of(1, 2, 3), length: 3 });
const { search, changes, seenBefore } = createScorer({ ...backend, log: backend.anomalies, clock, logger });
const { anomalies: log, state } = backend;
const book = createAlertBook({ log, state, clock, newId: () => 'id', minScore: 50, shapesOf: createShapesOf(backend) });
const alerts = { book, incidents: (window) => readIncidents(log, window), related: async () => [], notifications: async () => [] };
const read = { backend, search, changes, seenBefore, alerts, names: { createNameIndex, compileMatcher }, stages: () => [], removeMetrics: (metrics) => backend.series.remove(metrics) };
const api = createApi({ version: '0', clock, logger, access: { tokens: [] }, probes: [() => backend.health()], samplers: [() => backend.samples()], read });
const listener = await listenHttp({ app: api.app, host: '127.0.0.1', port: 0, clock });
console.log(listener.address.port);
process.stdin.resume().once('end', async () => {
  await api.close();
  await listener.close(100);
  await backend.close();
});
