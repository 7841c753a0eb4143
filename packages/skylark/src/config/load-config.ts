import { didYouMean } from '@skylark/algorithms';
import { SkylarkError } from '@skylark/core';
import { readEnvironment } from './read-environment.js';
import { readYaml } from './read-yaml.js';
import { type Config, type SettingName, settingNames, settingOf } from './settings.js';
import type { Written, WrittenValue } from './written.js';

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: ReadonlyMap<SettingName, string>;
}

export interface ConfigSources {
  /** Text of the file and its name for messages; absent: no file. */
  readonly file?: { readonly name: string; readonly text: string };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By setting name; undefined values are as if not given. */
  readonly flags?: Readonly<Record<string, { value: unknown; flag: string } | undefined>>;
  readonly readFile: (path: string) => string;
}

/**
 * Defaults, then the file, then the environment, then flags.
 *
 * @throws SkylarkError bad-config with every error at once, a line each: `file:line:column path: message`
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const errors: string[] = [];
  const layers: Written[] = [];
  if (sources.file) layers.push(readYaml(sources.file, errors));
  layers.push(readEnvironment(sources.environment, sources.readFile, errors));
  layers.push(readFlags(sources.flags ?? {}));
  for (const layer of layers) rejectUnknownNames(layer, errors);

  const config: Record<string, unknown> = {};
  const origins = new Map<SettingName, string>();
  for (const name of settingNames) {
    const written = layers.map((layer) => layer.get(name)).findLast((value) => value !== undefined);
    const effective: WrittenValue = written ?? { value: settingOf(name).fallback, origin: 'default' };
    config[name] = check(name, effective, errors);
    origins.set(name, effective.origin);
  }
  if (errors.length > 0) throw new SkylarkError('bad-config', errors.join('\n'));
  return { config: Object.freeze(config) as Config, origins };
}

function readFlags(flags: NonNullable<ConfigSources['flags']>): Written {
  const written = new Map<string, WrittenValue>();
  for (const [name, given] of Object.entries(flags)) {
    if (given?.value !== undefined) written.set(name, { value: given.value, origin: given.flag });
  }
  return written;
}

function rejectUnknownNames(layer: Written, errors: string[]): void {
  for (const [name, { origin }] of layer) {
    if ((settingNames as string[]).includes(name)) continue;
    const [nearest] = didYouMean(settingNames, name, 1);
    errors.push(`${origin} ${name}: no such setting${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
  }
}

function check(name: SettingName, { value, origin, originOf }: WrittenValue, errors: string[]): unknown {
  const { schema } = settingOf(name);
  const direct = schema.safeParse(value);
  if (direct.success) return direct.data;
  const parsed = typeof value === 'string' && origin.startsWith('SKYLARK_') ? schema.safeParse(parseJson(value)) : direct;
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const path = [name, ...issue.path].join('.');
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const place = originOf?.([...issue.path, ...unknown.slice(0, 1)]) ?? origin;
    errors.push(`${place} ${path}: ${issue.message}`);
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
