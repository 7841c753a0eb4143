import { existsSync, readdirSync } from 'node:fs';
import type { Command } from 'commander';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { type CommandContext, UsageError } from '../cli/command-context.js';
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

export interface OpenHistoryOptions extends HistoryOptions {
  /** A folder that holds no store becomes one; else that is wrong usage. */
  readonly make?: boolean;
}

/**
 * The history a command works on: a folder where --data names one, else a running Skylark.
 *
 * @throws UsageError for a folder without a store; SkylarkError store-in-use, bad-config
 */
export async function openHistory(context: CommandContext, options: OpenHistoryOptions): Promise<HistoryAccess> {
  if (options.data === undefined) return runningHistory(clientOf(context, options));
  if (!options.make && (!existsSync(options.data) || readdirSync(options.data).length === 0)) throw new UsageError(`${options.data} holds no store`);
  const { config } = readConfig(context, options.config === undefined ? {} : { file: options.config });
  return folderHistory({ folder: options.data, config, clock: context.clock });
}
