import { z } from 'zod';
import type { LoadedConfig } from './load-config.js';
import { type SettingName, settingNames, settingOf } from './settings.js';

/** The settings in force, a line each, secrets redacted; with origin: where each came from. */
export function printConfig({ config, origins }: LoadedConfig, withOrigin: boolean): string {
  const lines = settingNames.map((name) => {
    const line = `${name}: ${shown(name, config[name])}`;
    return withOrigin ? `${line.padEnd(56)} # ${origins.get(name) ?? 'default'}` : line;
  });
  return `${lines.join('\n')}\n`;
}

/** The same as an object, for --json. */
export function configAsJson({ config, origins }: LoadedConfig, withOrigin: boolean): Record<string, unknown> {
  return Object.fromEntries(
    settingNames.map((name) => {
      const value = settingOf(name).secret && config[name] !== undefined ? '(redacted)' : (config[name] ?? null);
      return [name, withOrigin ? { value, origin: origins.get(name) } : value];
    }),
  );
}

function shown(name: SettingName, value: unknown): string {
  if (value === undefined) return '(unset)';
  if (settingOf(name).secret) return '(redacted)';
  if (value === null) return 'forever';
  return JSON.stringify(value);
}

/** JSON Schema of a settings file, nested as in the file. */
export function configSchema(): Record<string, unknown> {
  const root: Record<string, unknown> = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'skylark.yaml', ...section() };
  for (const name of settingNames) {
    const path = name.split('.');
    const leaf = path.pop() ?? name;
    let at = root;
    for (const part of path) {
      const properties = at['properties'] as Record<string, Record<string, unknown>>;
      at = properties[part] ??= section();
    }
    const { schema, fallback, help } = settingOf(name);
    const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    delete described.$schema;
    (at['properties'] as Record<string, unknown>)[leaf] = { ...described, description: help, ...(fallback === undefined ? {} : { default: fallback }) };
  }
  return root;
}

function section(): Record<string, unknown> {
  return { type: 'object', additionalProperties: false, properties: {} };
}
