import { constants, existsSync } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { type CommandContext, print } from '../cli/command-context.js';
import { dataFolder, readConfig } from '../config/read-config.js';
import type { Config } from '../config/settings.js';

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** What was seen; when not ok also what to do. */
  readonly message: string;
}

interface DoctorOptions extends ClientOptions {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export function doctorCommand(context: CommandContext): Command {
  return withClientOptions(new Command('doctor').description('checks this machine and a running Skylark, and says what to change'))
    .option('--data <dir>', 'the data folder')
    .option('--config <file>', 'settings file')
    .option('--json', 'as JSON lines')
    .addHelpText('after', '\nExample:\n  skylark doctor')
    .action(async (options: DoctorOptions) => {
      const { config } = readConfig(context, options.config === undefined ? {} : { file: options.config });
      const running = await checkRunning(context, options);
      const findings = [checkNode(), await checkFolder(dataFolder(context, options.data)), running, ...(running.ok ? [] : await checkPorts(config))];
      for (const { check, ok, message } of findings) print(context, options.json ? { check, ok, message } : `${ok ? 'ok  ' : 'look'} ${check}: ${message}`);
      if (findings.some(({ ok, check }) => !ok && check !== 'running')) context.setExitCode(1);
    });
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { check: 'node', ok, message: ok ? process.versions.node : `${process.versions.node} is too old; install Node 20.19 or newer` };
}

async function checkFolder(folder: string): Promise<Finding> {
  try {
    const there = nearestFolder(folder);
    await access(there, constants.W_OK);
    const { bavail, bsize } = await statfs(there);
    const free = (bavail * bsize) / 2 ** 30;
    return { check: 'data folder', ok: free >= 1, message: `${folder}, ${free.toFixed(1)} GiB free${free >= 1 ? '' : '; make room or choose another with --data'}` };
  } catch (error) {
    return { check: 'data folder', ok: false, message: `${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}; choose another with --data` };
  }
}

/** The folder itself or, where it is not made yet, the one above it that is: looking makes nothing. */
function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

async function checkRunning(context: CommandContext, options: ClientOptions): Promise<Finding> {
  const client = clientOf(context, options);
  try {
    const status = (await client.get('/api/v1/status')) as { version: string; metrics: number };
    return { check: 'running', ok: true, message: `${client.url} answers: version ${status.version}, ${status.metrics} metrics` };
  } catch (error) {
    return { check: 'running', ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

async function checkPorts(config: Config): Promise<Finding[]> {
  const ports = [
    ['api.port', config['api.host'], config['api.port']],
    ['horizon.carbon.port', config['horizon.host'], config['horizon.carbon.port']],
    ['horizon.pickle.port', config['horizon.host'], config['horizon.pickle.port']],
  ] as const;
  return Promise.all(
    ports.map(async ([check, host, port]) => {
      const free = await isFree(host, port);
      return { check, ok: free, message: free ? `port ${port} is free` : `port ${port} on ${host} is taken by another program; set ${check} to another port, or 0 for any` };
    }),
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}
