import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RedisServerOptions {
  /** Further arguments of redis-server, last: they win. */
  readonly args?: readonly string[];
  /** A folder to go on with; else a fresh one that goes when the server is stopped. */
  readonly folder?: string;
  readonly port?: number;
  /** False: answered before the server takes commands. */
  readonly wait?: boolean;
}

/** A real redis-server on loopback with AOF and noeviction, as a product should have it. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly pid: () => number;
  /** Replies as redis-cli would get them, parsed no further than RESP asks. Rejects with Redis' error. */
  command(...args: readonly (string | number)[]): Promise<RedisReply>;
  /** SIGKILL; resolves when the process is gone. */
  kill9(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** Starts it again after `kill9`, on the same port and folder; resolves when it answers, unless told not to wait. */
  restart(options?: { readonly wait?: boolean }): Promise<void>;
  /** Ends it and removes the folder it was given none for. */
  stop(): Promise<void>;
}

export type RedisReply = string | number | null | readonly RedisReply[];

const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
const whyMissing = 'redis-server is not installed: apt-get install redis-server';

/** For the run's broker, where no test is at hand to be skipped. */
export async function startSharedRedis(): Promise<RedisServer | { readonly missing: string }> {
  if (!folders.some((folder) => existsSync(join(folder, 'redis-server')))) return { missing: whyMissing };
  // Many tests, one server: nothing may ever be thrown away, and nothing needs to reach a disk.
  return startRedis({ args: ['--appendfsync', 'no'] });
}

/** Starts redis-server (`requireProgram('redis-server', 'redis-server', test)` first, where a test asks). */
export async function startRedis({ args = [], folder, port, wait = true }: RedisServerOptions = {}): Promise<RedisServer> {
  const data = folder ?? mkdtempSync(join(tmpdir(), 'skylark-redis-'));
  const own = port ?? (await freePort());
  const launch = (): Program => startProgram('redis-server', ['--port', String(own), '--bind', '127.0.0.1', '--dir', data, '--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--logfile', 'redis.log', '--daemonize', 'no', ...args], data);
  let program = launch();
  const server: RedisServer = {
    url: `redis://127.0.0.1:${own}`,
    port: own,
    folder: data,
    pid: () => program.pid(),
    command: (...words) => redisCommand(own, words),
    async kill9() {
      await program.end('SIGKILL');
    },
    pause: () => program.signal('SIGSTOP'),
    resume: () => program.signal('SIGCONT'),
    async restart({ wait: waits = true } = {}) {
      await program.end('SIGKILL');
      program = launch();
      if (waits) await answering(own, program);
    },
    async stop() {
      await program.end('SIGKILL');
      if (folder === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
  if (wait) await answering(own, program);
  return server;
}

/** A primary and a replica that has caught up. */
export async function startPrimaryAndReplica(args: readonly string[] = []): Promise<{ readonly primary: RedisServer; readonly replica: RedisServer; stop(): Promise<void> }> {
  const primary = await startRedis({ args: ['--repl-diskless-sync-delay', '0', ...args] });
  const replica = await startRedis({ args: ['--repl-diskless-sync-delay', '0', ...args, '--replicaof', '127.0.0.1', String(primary.port)] });
  await until(async () => String(await replica.command('INFO', 'replication')).includes('master_link_status:up'), 'the replica has caught up');
  // After its first sync a replica writes its file anew: killed before that is done, it would come back without what came meanwhile.
  await until(async () => /aof_rewrite_in_progress:0[^]*aof_rewrite_scheduled:0/.test(String(await replica.command('INFO', 'persistence'))), "the replica's file is whole");
  return { primary, replica, stop: async () => void (await Promise.all([primary.stop(), replica.stop()])) };
}

/** Whether a replica has all that its primary has now. */
export async function haveTheSame(primary: RedisServer, replica: RedisServer): Promise<boolean> {
  const offsetOf = async (server: RedisServer): Promise<string | undefined> => /master_repl_offset:(\d+)/.exec(String(await server.command('INFO', 'replication')))?.[1];
  const offset = await offsetOf(primary);
  return offset !== undefined && offset === (await offsetOf(replica));
}

/** Three primaries that share the slots; a node that is gone takes its slots with it, and the others go on. */
export async function startRedisCluster(count = 3): Promise<{ readonly nodes: readonly RedisServer[]; readonly addresses: readonly string[]; stop(): Promise<void> }> {
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-require-full-coverage', 'no'];
  const nodes = await Promise.all(Array.from({ length: count }, () => startRedis({ args })));
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'ignore' });
  await until(async () => {
    const infos = await Promise.all(nodes.map((node) => node.command('CLUSTER', 'INFO')));
    return infos.every((info) => String(info).includes('cluster_state:ok') && String(info).includes(`cluster_known_nodes:${count}`));
  }, 'the Cluster is ready');
  return { nodes, addresses, stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))) };
}

export interface RedisSentinels {
  readonly addresses: readonly string[];
  readonly name: string;
  /** Port of the primary as the first Sentinel knows it. */
  primaryPort(): Promise<number>;
  stop(): Promise<void>;
}

/** Sentinels (one will do, with a quorum of one) that watch a primary. */
export async function startSentinels(primary: RedisServer, { count = 1, downAfterMs = 500 } = {}): Promise<RedisSentinels> {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-sentinel-'));
  const name = 'skylark';
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const programs = ports.map((port) => {
    const file = join(folder, `${port}.conf`);
    const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, `sentinel monitor ${name} 127.0.0.1 ${primary.port} ${Math.floor(count / 2) + 1}`, `sentinel down-after-milliseconds ${name} ${downAfterMs}`, `sentinel failover-timeout ${name} 3000`];
    writeFileSync(file, `${lines.join('\n')}\n`);
    return startProgram('redis-sentinel', [file], folder);
  });
  await Promise.all(ports.map((port, i) => answering(port, programs[i]!)));
  await until(async () => String(await redisCommand(ports[0]!, ['SENTINEL', 'REPLICAS', name])).length > 0, 'the Sentinel knows the replica');
  return {
    addresses: ports.map((port) => `127.0.0.1:${port}`),
    name,
    primaryPort: async () => Number(((await redisCommand(ports[0]!, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name])) as string[])[1]),
    async stop() {
      await Promise.all(programs.map((program) => program.end('SIGKILL')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Polls until it holds; a test's own end bounds it, and 30 s. */
export async function until(holds: () => Promise<boolean>, what: string, withinMs = 30_000): Promise<void> {
  for (let waited = 0; waited < withinMs; waited += 20) {
    if (await holds().catch(() => false)) return;
    await sleep(20);
  }
  throw new Error(`did not come about within ${withinMs} ms: ${what}`);
}

interface Program {
  pid(): number;
  hasEnded(): boolean;
  output(): string;
  signal(signal: NodeJS.Signals): void;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** A child that never outlives this process, not even when that is killed: a shell of its own watches. */
function startProgram(command: string, args: readonly string[], folder: string): Program {
  const path = folders.map((one) => join(one, command)).find((one) => existsSync(one));
  if (path === undefined) throw new Error(whyMissing);
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  const watchdog = watch(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => {
      watchdog.kill('SIGKILL');
      resolve();
    });
  });
  return {
    pid: () => child.pid ?? 0,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}

/** Reads from us until we are gone, whatever became of us, then kills the server. Ends with the server as well. */
function watch(child: ChildProcess): ChildProcess {
  const watchdog = spawn('/bin/sh', ['-c', `read line; kill -9 ${child.pid} 2>/dev/null`], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watchdog.on('error', () => undefined);
  watchdog.stdin?.on('error', () => undefined);
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void } | null)?.unref();
  return watchdog;
}

async function answering(port: number, program: Program): Promise<void> {
  await until(async () => {
    if (program.hasEnded()) return true;
    const answer = await redisCommand(port, ['PING']).catch((error: Error) => error.message);
    return answer === 'PONG' || String(answer).startsWith('NOAUTH');
  }, 'the server answers');
  if (program.hasEnded()) throw new Error(`the server ended at once: ${program.output()}`);
}

export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    // A Cluster's nodes talk to each other at port + 10000.
    if (port < 55_000) return port;
  }
}

/** One command on a connection of its own. */
export function redisCommand(port: number, words: readonly (string | number)[], withinMs = 5000): Promise<RedisReply> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    let received = Buffer.alloc(0);
    socket.setTimeout(withinMs, () => socket.destroy(new Error(`no answer within ${withinMs} ms`)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const parsed = parseReply(received, 0);
      if (!parsed) return;
      socket.destroy();
      if (parsed.reply instanceof Error) reject(parsed.reply);
      else resolve(parsed.reply);
    });
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`).join('')}`);
  });
}

/** RESP2; null: more bytes are needed. */
function parseReply(bytes: Buffer, at: number): { reply: RedisReply | Error; end: number } | null {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return null;
  const line = bytes.toString('utf8', at + 1, lineEnd);
  const end = lineEnd + 2;
  switch (bytes[at]) {
    case 0x2b: return { reply: line, end };
    case 0x2d: return { reply: new Error(line), end };
    case 0x3a: return { reply: Number(line), end };
    case 0x24: {
      const length = Number(line);
      if (length < 0) return { reply: null, end };
      return bytes.length < end + length + 2 ? null : { reply: bytes.toString('utf8', end, end + length), end: end + length + 2 };
    }
    default: return parseMany(bytes, end, Number(line));
  }
}

function parseMany(bytes: Buffer, from: number, count: number): { reply: RedisReply; end: number } | null {
  if (count < 0) return { reply: null, end: from };
  const replies: RedisReply[] = [];
  let end = from;
  for (let i = 0; i < count; i += 1) {
    const next = parseReply(bytes, end);
    if (!next) return null;
    if (!(next.reply instanceof Error)) replies.push(next.reply);
    end = next.end;
  }
  return { reply: replies, end };
}
