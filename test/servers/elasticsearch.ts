import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { elasticsearch } from './elasticsearch/distribution.js';
import type { Distribution } from './java/distribution.js';
import { findJdk } from './java/find-jdk.js';
import { prepareServer, type ServerFiles } from './java/prepare.js';
import { openSearch } from './opensearch/distribution.js';
import type { MissingServer, RunningServer } from './start-shared.js';

const startWithinMs = 240_000;
const stopWithinMs = 10_000;

export interface ElasticsearchOptions {
  /** Default 512. */
  readonly heapMb?: number;
  /** Further settings of the node. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real Elasticsearch or OpenSearch with data of its own. */
export interface ElasticsearchServer extends RunningServer {
  readonly product: Distribution['name'];
  /** Of the process that runs now. */
  readonly pid: number;
  /** Ends it as a power cut would; the data stays. */
  kill9(): Promise<void>;
  /** Starts it again on the same port and data, after `kill9` or while it runs. */
  restart(): Promise<void>;
}

/**
 * Starts Elasticsearch on a free port of loopback with fresh folders; ready when it resolves. Its jars are fetched by the first call in a checkout.
 * It ends by `stop`, and when this process dies (its standard input closes). Where there is a JDK for OpenSearch alone, that is started in its place.
 *
 * @example const server = await startElasticsearch(); if ('missing' in server) return test.skip(server.missing);
 */
export async function startElasticsearch(options: ElasticsearchOptions = {}): Promise<ElasticsearchServer | MissingServer> {
  return startDistribution(findJdk(elasticsearch.jdk) === null && findJdk(openSearch.jdk) !== null ? openSearch : elasticsearch, options);
}

/** The same of OpenSearch. */
export async function startOpenSearch(options: ElasticsearchOptions = {}): Promise<ElasticsearchServer | MissingServer> {
  return startDistribution(openSearch, options);
}

async function startDistribution(distribution: Distribution, { heapMb = 512, settings = {} }: ElasticsearchOptions): Promise<ElasticsearchServer | MissingServer> {
  const files = await prepareServer(distribution);
  if ('missing' in files) return files;
  const folder = await mkdtemp(join(tmpdir(), 'skylark-elasticsearch-'));
  const start = (port: number): Promise<RunningNode> => startNode({ distribution, files, folder, heapMb, settings, port });
  let node = await start(0);
  return {
    product: distribution.name,
    url: `http://127.0.0.1:${node.port}`,
    get pid() {
      return node.child.pid!;
    },
    kill9: () => end(node.child, 'SIGKILL'),
    async restart() {
      await end(node.child, 'SIGTERM');
      node = await start(node.port);
    },
    async stop() {
      await end(node.child, 'SIGTERM');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface RunningNode {
  readonly child: ChildProcess;
  readonly port: number;
}

interface NodeOptions {
  readonly distribution: Distribution;
  readonly files: ServerFiles;
  readonly folder: string;
  readonly heapMb: number;
  readonly settings: Readonly<Record<string, string>>;
  /** 0: a free one. */
  readonly port: number;
}

async function startNode({ distribution, files: { home, java }, folder, heapMb, settings, port }: NodeOptions): Promise<RunningNode> {
  const options = {
    'path.data': join(folder, 'data'), 'path.logs': join(folder, 'logs'), 'cluster.max_shards_per_node': '4000',
    // Else it would lift, by itself and at any moment, the blocks that tests set.
    'cluster.info.update.interval': '24h', ...settings,
  };
  const child = spawn(java, [
    `-Xms${heapMb}m`, `-Xmx${heapMb}m`, ...distribution.options(home), `-Djava.io.tmpdir=${folder}`,
    '-cp', [join(home, 'classes'), join(home, 'jars/*')].join(':'), distribution.mainClass, home, String(port), '0', ...Object.entries(options).map(([key, value]) => `${key}=${value}`),
  ], { stdio: ['pipe', 'pipe', 'pipe'] });
  return { child, port: await readyPort(child, distribution.name) };
}

/** Waits for the line `ready PORT`; afterwards what it prints is read and dropped, so that it never blocks. */
function readyPort(child: ChildProcess, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (reason: string): void => reject(new Error(`${name} ${reason}: ${said.slice(-2000)}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('was not ready in time');
    }, startWithinMs);
    const hear = (chunk: Buffer): void => {
      if (said.length < 100_000) said += chunk.toString();
      const port = /^ready (\d+)$/m.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout!.on('data', hear);
    child.stderr!.on('data', hear);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const late = await Promise.race([ended.then(() => false), sleep(stopWithinMs, true, { ref: false })]);
  if (late) child.kill('SIGKILL');
  await ended;
}
