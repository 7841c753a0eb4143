import type { Command } from 'commander';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import type { CommandContext } from '../cli/command-context.js';
import { readConfig } from '../config/read-config.js';
import { folderHistory } from './folder-history.js';
import type { HistoryAccess } from './history-access.js';
import { runningHistory } from './running-history.js';

export interface HistoryOptions extends ClientOptions {
  readonly data?: string;
  readonly config?: string;
}

/** Adds --data and --config beside --url and --token. */
export function withHistoryOptions(command: Command): Command {
  return withClientOptions(command).option('--data <dir>', 'a data folder that nobody runs, instead of --url').option('--config <file>', 'settings file, with --data');
}

/** The history a command works on: a folder where --data names one, else a running Skylark. */
export async function openHistory(context: CommandContext, options: HistoryOptions): Promise<HistoryAccess> {
  if (options.data === undefined) return runningHistory(clientOf(context, options));
  const { config } = readConfig(context, options.config === undefined ? {} : { file: options.config });
  return folderHistory({ folder: options.data, config, clock: context.clock });
}
