import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The built command. */
export const skylarkBin = fileURLToPath(new URL('../packages/skylark/bin/skylark.js', import.meta.url));

/** Where a running Skylark listens: `host:port`, or null. */
export interface Addresses {
  readonly pid: number;
  readonly http: string;
  readonly carbon: string;
  readonly carbonUdp: string;
  readonly pickle: string;
  readonly udp: string;
}

export interface RunningProduct {
  readonly url: string;
  readonly addresses: Addresses;
  readonly folder: string;
  readonly child: ChildProcess;
  /** All it logged so far. */
  log(): string;
  /** Sends the signal and waits for the end; answers the exit code. Keeps the data. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Ends it with SIGTERM and removes its data. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables that are not set after all, such as the port of a listener. */
  readonly unset?: readonly string[];
  /** A data folder to go on with; else a fresh one. */
  readonly folder?: string;
  readonly withinSeconds?: number;
}

/** `skylark up` as its users run it: the built command in its own process, every port a free one, data in a fresh folder. */
export async function startSkylark({ args = [], environment = {}, unset = [], folder = mkdtempSync(join(tmpdir(), 'skylark-product-')), withinSeconds = 60 }: StartOptions = {}): Promise<RunningProduct> {
  const readyFile = join(mkdtempSync(join(tmpdir(), 'skylark-ready-')), 'ready.json');
  const variables = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    SKYLARK_HORIZON__CARBON__PORT: '0',
    SKYLARK_HORIZON__PICKLE__PORT: '0',
    SKYLARK_HORIZON__UDP__PORT: '0',
    ...environment,
  };
  const child = spawn(process.execPath, [skylarkBin, 'up', '--data', folder, '--port', '0', '--ready-file', readyFile, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: Object.fromEntries(Object.entries(variables).filter(([name]) => !unset.includes(name))),
  });
  endWithTests(child);
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const end = (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  const addresses = await waitForReady();
  return {
    url: `http://${addresses.http}`,
    addresses,
    folder,
    child,
    log: () => log,
    end,
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
      rmSync(join(readyFile, '..'), { recursive: true, force: true });
    },
  };

  async function waitForReady(): Promise<Addresses> {
    for (let waited = 0; waited < withinSeconds * 1000; waited += 20) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`skylark up ended with ${child.exitCode ?? child.signalCode}:\n${log}`);
      try {
        return JSON.parse(readFileSync(readyFile, 'utf8')) as Addresses;
      } catch {
        await sleep(20);
      }
    }
    await end('SIGKILL');
    throw new Error(`skylark up was not ready within ${withinSeconds} s:\n${log}`);
  }
}

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one `skylark` command to its end. */
export function runSkylark(args: readonly string[], options: { input?: string | Uint8Array; environment?: Readonly<Record<string, string>> } = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [skylarkBin, ...args], { env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...options.environment } });
    endWithTests(child);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** A test that fails or runs out of time leaves no process behind. */
function endWithTests(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}
