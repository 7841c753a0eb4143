// npm run servers: a real Redis (AOF, noeviction) and a real Elasticsearch on free ports, with data in fresh folders, until Ctrl-C.
import { existsSync } from 'node:fs';
import { runnerImport } from 'vite';
import { install, root } from './set-up.mjs';

if (!existsSync(`${root}node_modules/vite`)) install();
const { module } = await runnerImport(`${root}test/servers/start-shared.ts`, { root, logLevel: 'error' });
const running = [];
const missing = [];
for (const name of ['redis', 'elasticsearch']) {
  const server = await module.startShared(name);
  if ('missing' in server) missing.push(`${name}: ${server.missing}`);
  else running.push({ name, server });
}
for (const line of missing) console.error(line);
const url = (name) => running.find((one) => one.name === name)?.server.url ?? '';
console.log(`export SKYLARK_REDIS__URL=${url('redis')} SKYLARK_ELASTICSEARCH__NODE=${url('elasticsearch')}`);
console.error('They run until Ctrl-C; in another shell: the line above, then npx skylark up --backend servers');
const stop = async () => {
  await Promise.all(running.map(({ server }) => server.stop()));
  process.exit(0);
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
if (running.length === 0) process.exitCode = 1;
else setInterval(() => undefined, 1 << 30);
