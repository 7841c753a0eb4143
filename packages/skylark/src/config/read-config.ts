import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SkylarkError } from '@skylark/core';
import type { CommandContext } from '../cli/command-context.js';
import { type ConfigSources, loadConfig, type LoadedConfig } from './load-config.js';
import { type SettingName, settingNames, settingOf } from './settings.js';

export interface ConfigRequest {
  /** The file somebody named; absent: `skylark.yaml` in the working directory, if there. */
  readonly file?: string;
  readonly flags?: NonNullable<ConfigSources['flags']>;
}

export interface ReadConfig extends LoadedConfig {
  /** Things worth saying that are not errors. */
  readonly warnings: readonly string[];
}

/** @throws SkylarkError bad-config, also for a named file that cannot be read */
export function readConfig(context: CommandContext, { file, flags = {} }: ConfigRequest): ReadConfig {
  const name = file ?? (existsSync('skylark.yaml') ? 'skylark.yaml' : undefined);
  const loaded = loadConfig({
    ...(name === undefined ? {} : { file: { name, text: readText(name) } }),
    environment: context.environment,
    flags,
    readFile: readText,
  });
  return { ...loaded, warnings: [...(name === undefined ? [] : openSecrets(name, loaded)), ...withoutEffect(loaded), ...ofTheNine(loaded)] };
}

/** Sections of the public interface that this version reads and checks, and does nothing with. */
const notBuiltYet = /^api\.embedOrigins/;

function withoutEffect({ origins }: LoadedConfig): string[] {
  const names = [...origins].filter(([name, origin]) => origin !== 'default' && notBuiltYet.test(name)).map(([name]) => name);
  return names.map((name) => `${name} has no effect yet: what it belongs to is not built`);
}

/** What only a judgement by windows looks at. */
const forWindows: readonly SettingName[] = ['analyzer.consensus', 'analyzer.dialect', 'analyzer.stalePeriod', 'analyzer.minTolerableLength', 'analyzer.maxTolerableBoredom', 'analyzer.boredomSetSize'];

/** Settings of the nine that somebody gave though nothing is judged by them, as one who comes from Skyline may. */
function ofTheNine({ config, origins }: LoadedConfig): string[] {
  const windows = config['analyzer.ensemble'] === 'nine' || config['analyzer.rules'].some(({ detectors, consensus }) => detectors !== undefined || consensus !== undefined);
  const names = windows ? [] : forWindows.filter((name) => origins.get(name) !== 'default');
  return names.map((name) => `${name} has no effect under analyzer.ensemble: default; it belongs to nine`);
}

const readableByAll = 0o004;

/** Secrets that everybody on this machine may read. */
function openSecrets(file: string, { origins }: LoadedConfig): string[] {
  const secrets = settingNames.filter((name) => settingOf(name).secret && origins.get(name)?.startsWith(`${file}:`));
  if (secrets.length === 0 || (statSync(file).mode & readableByAll) === 0) return [];
  return [`${file} holds ${secrets.join(', ')} and can be read by every user of this machine; chmod 600 ${file}, or use a variable that ends in _FILE`];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SkylarkError('bad-config', `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Where the embedded backend keeps its data: --data, or $XDG_DATA_HOME/skylark. */
export function dataFolder(context: CommandContext, given: string | undefined): string {
  if (given !== undefined) return resolve(given);
  const base = context.environment['XDG_DATA_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.local', 'share') : base, 'skylark');
}
