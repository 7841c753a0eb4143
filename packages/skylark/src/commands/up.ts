import { randomUUID } from 'node:crypto';
import { writeFileSync, renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, note } from '../cli/command-context.js';
import { createLogger } from '../cli/log.js';
import { dataFolder, readConfig } from '../config/read-config.js';
import { type Addresses, startSkylark } from '../up/start-skylark.js';
import { allTargets, type Target, targetNames } from '../up/targets.js';

interface UpOptions {
  readonly target: readonly Target[];
  readonly backend: 'embedded' | 'servers';
  readonly data?: string;
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly demo?: boolean;
  readonly readyFile?: string;
  readonly insecureBind?: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'auto' | 'json' | 'pretty';
}

export function upCommand(context: CommandContext): Command {
  return new Command('up')
    .description('runs Skylark: listeners, analyzer, importer, API and dashboard in one process')
    .option('--target <list>', `which roles, with commas: ${targetNames.join(', ')} or all`, readTargets, allTargets)
    .addOption(new Option('--backend <kind>', 'where data is kept').choices(['embedded', 'servers']).default('embedded'))
    .option('--data <dir>', 'data folder (default: $XDG_DATA_HOME/skylark)')
    .option('--config <file>', 'settings file (default: skylark.yaml here, if there is one)')
    .option('--host <h>', 'address of the dashboard and API')
    .option('--port <n>', 'port of the dashboard and API; 0: any free one', readPort)
    .option('--demo', 'feed an empty store with invented metrics under demo.')
    .option('--ready-file <file>', 'written once ready: {pid, http, carbon, carbonUdp, pickle, udp}')
    .option('--insecure-bind', 'allow a bind beyond loopback without a token')
    .addOption(new Option('--log-level <level>', 'what is logged').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .addOption(new Option('--log-format <format>', 'how').choices(['auto', 'json', 'pretty']).default('auto'))
    .addHelpText('after', '\nExample:\n  skylark up --demo --port 8080')
    .action((options: UpOptions) => up(context, options));
}

async function up(context: CommandContext, options: UpOptions): Promise<void> {
  const { config, origins, warnings } = readConfig(context, {
    ...(options.config === undefined ? {} : { file: options.config }),
    flags: { 'api.port': { value: options.port, flag: '--port' }, 'api.host': { value: options.host, flag: '--host' } },
  });
  const pretty = options.logFormat === 'pretty' || (options.logFormat === 'auto' && context.stderr.isTTY === true);
  const logStyle = { level: options.logLevel, pretty };
  const logger = createLogger({ ...logStyle, perMinute: 30, elapsedMs: () => context.clock.elapsedMs() });
  for (const warning of warnings) logger.warn('config.warning', { warning });

  const failed = new AbortController();
  const running = await startSkylark({
    config,
    isSet: (name) => origins.get(name) !== 'default',
    store: options.backend,
    folder: dataFolder(context, options.data),
    holder: options.backend === 'embedded' ? hostname() : `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    targets: options.target,
    demo: options.demo ?? false,
    insecureBind: options.insecureBind ?? false,
    clock: context.clock,
    logger,
    logStyle,
    signal: AbortSignal.any([context.signal, failed.signal]),
  });
  try {
    if (options.readyFile !== undefined) writeWhole(options.readyFile, running.addresses);
  } catch (error) {
    failed.abort();
    await running.untilStopped;
    throw error;
  }
  note(context, `Skylark is at http://${running.addresses.http ?? '(no HTTP)'}`);
  await running.untilStopped;
}

function writeWhole(file: string, addresses: Addresses): void {
  writeFileSync(`${file}.part`, `${JSON.stringify(addresses)}\n`);
  renameSync(`${file}.part`, file);
}

function readTargets(text: string): readonly Target[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('all')) return allTargets;
  const unknown = names.filter((name) => !(targetNames as readonly string[]).includes(name));
  if (unknown.length > 0) throw new InvalidArgumentError(`${unknown.join(', ')}: there are ${targetNames.join(', ')} and all`);
  return names as Target[];
}

function readPort(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535');
  return port;
}

