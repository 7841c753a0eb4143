import type { Written, WrittenValue } from './written.js';
import { type SettingName, settingNames, settingOf } from './settings.js';

/** `horizon.maxAge` is `SKYLARK_HORIZON__MAX_AGE`. */
export function environmentName(setting: string): string {
  const parts = setting.split('.').map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return `SKYLARK_${parts.join('__')}`;
}

/** Settings in the environment: names with `__`; secrets also as `..._FILE`, the name of a file that holds the value. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>, readFile: (path: string) => string, errors: string[]): Written {
  const settingByVariable = new Map<string, SettingName>(settingNames.map((name) => [environmentName(name), name]));
  const written = new Map<string, WrittenValue>();
  for (const [variable, value] of Object.entries(environment)) {
    if (value === undefined || !variable.startsWith('SKYLARK_') || !variable.includes('__')) continue;
    const name = settingByVariable.get(variable);
    if (name !== undefined) written.set(name, { value, origin: variable });
    else if (variable.endsWith('_FILE')) readSecret(variable, value);
    else written.set(settingLike(variable), { value, origin: variable });
  }
  return written;

  function readSecret(variable: string, path: string): void {
    const name = settingByVariable.get(variable.slice(0, -'_FILE'.length));
    if (name === undefined || !settingOf(name).secret) return void written.set(settingLike(variable), { value: path, origin: variable });
    try {
      written.set(name, { value: readFile(path).trim(), origin: variable });
    } catch (error) {
      errors.push(`${variable} ${name}: cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** The setting a misspelt variable looks like, for the message. */
function settingLike(variable: string): string {
  const camel = (part: string): string => part.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return variable.slice('SKYLARK_'.length).split('__').map(camel).join('.');
}
