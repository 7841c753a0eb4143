// A thread that answers calls as the product's threads do; see thread-calls.test.ts.
import { appendFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { SkylarkError } from '../../packages/core/dist/index.js';
import { answerCalls } from '../../packages/skylark/dist/up/thread-calls.js';

appendFileSync(workerData.starts, '.');
answerCalls(parentPort, {
  start: async () => undefined,
  samples: async () => [{ name: 'skylark_starts_total', help: '', kind: 'counter', labels: {}, value: 1 }],
  stop: async () => (workerData.stubborn ? new Promise(() => setInterval(() => undefined, 1000)) : undefined),
  echo: async (argument) => argument,
  late: async ({ ms, value }) => new Promise((resolve) => setTimeout(resolve, ms, value)),
  refuse: async () => {
    throw new SkylarkError('unknown-metric', 'a.b');
  },
  fail: async () => {
    throw new TypeError('a mistake');
  },
  uncloneable: async () => () => 'a function',
  die: async () => process.exit(3),
  crash: async () => setImmediate(() => {
    throw new Error('crashed on purpose');
  }),
  never: async () => new Promise(() => undefined),
});
