import { Command, Option } from 'commander';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { type CommandContext, print } from '../cli/command-context.js';
import { printable } from '../cli/table.js';
import { dataFolder, readConfig } from '../config/read-config.js';
import { checkFolder, checkNode, checkPorts } from '../doctor/check-machine.js';
import { checkRunning } from '../doctor/check-running.js';
import { checkServers, namesServers } from '../doctor/check-servers.js';
import type { Finding } from '../doctor/finding.js';

interface DoctorOptions extends ClientOptions {
  readonly data?: string;
  readonly config?: string;
  readonly backend?: 'embedded' | 'servers';
  readonly json?: boolean;
}

export function doctorCommand(context: CommandContext): Command {
  return withClientOptions(new Command('doctor').description('checks this machine, a running Skylark and its servers, and says what to change'))
    .option('--data <dir>', 'the data folder')
    .option('--config <file>', 'settings file')
    .addOption(new Option('--backend <kind>', 'what is looked at (default: servers where the settings name one)').choices(['embedded', 'servers']))
    .option('--json', 'as JSON lines')
    .addHelpText('after', '\nEnds with 0 when all is well, 1 when something is to be changed, 3 when Redis or Elasticsearch does not answer.\n\nExample:\n  skylark doctor --config /etc/skylark/skylark.yaml')
    .action(async (options: DoctorOptions) => {
      const findings = await examine(context, options);
      for (const { check, ok, message } of findings) print(context, options.json ? { check, ok, message } : `${ok ? 'ok  ' : 'look'} ${check}: ${printable(message)}`);
      if (findings.some(({ isUnreachable }) => isUnreachable)) context.setExitCode(3);
      else if (findings.some(({ ok, check }) => !ok && check !== 'running')) context.setExitCode(1);
    });
}

async function examine(context: CommandContext, options: DoctorOptions): Promise<Finding[]> {
  const { config, origins, warnings } = readConfig(context, options.config === undefined ? {} : { file: options.config });
  const backend = options.backend ?? (namesServers((name) => origins.get(name) !== 'default') ? 'servers' : 'embedded');
  const running = await checkRunning(context, clientOf(context, options));
  const isRunning = running.some(({ check, ok }) => check === 'running' && ok);
  return [
    checkNode(process.versions.node),
    ...(warnings.length === 0 ? [{ check: 'config', ok: true, message: 'nothing to say' }] : warnings.map((message) => ({ check: 'config', ok: false, message }))),
    ...(backend === 'embedded' ? await checkFolder(dataFolder(context, options.data)) : await checkServers(config, context.clock)),
    ...running,
    ...(isRunning ? [] : await checkPorts(config)),
  ];
}
