import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { CommandContext } from '../cli/command-context.js';
import { systemClock } from '../system-clock.js';
import { dataFolder, readConfig } from './read-config.js';

const context = (environment: Record<string, string> = {}): CommandContext => ({
  clock: systemClock, environment, stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough(), signal: new AbortController().signal, setExitCode: () => undefined,
});

it('a secret in a file that everybody may read is said, one in a private file is not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-config-'));
  const file = join(folder, 'skylark.yaml');
  try {
    writeFileSync(file, 'api:\n  token: 0123456789abcdef\n');
    chmodSync(file, 0o644);
    expect(readConfig(context(), { file }).warnings).toEqual([expect.stringContaining('chmod 600')]);
    chmodSync(file, 0o600);
    expect(readConfig(context(), { file }).warnings).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('a named file that is not there is an error that names it', () => {
  expect(() => readConfig(context(), { file: '/nowhere/skylark.yaml' })).toThrow(/cannot read \/nowhere\/skylark\.yaml/);
});

it('data lies in $XDG_DATA_HOME/skylark unless told', () => {
  expect(dataFolder(context({ XDG_DATA_HOME: '/x' }), undefined)).toBe('/x/skylark');
  expect(dataFolder(context({ XDG_DATA_HOME: '/x' }), '/y')).toBe('/y');
  expect(dataFolder(context(), undefined)).toMatch(/\.local\/share\/skylark$/);
});

it('a setting of the nine is said to have no effect where they do not judge, and is fine where they do', () => {
  const consensus = { SKYLARK_ANALYZER__CONSENSUS: '5' };
  expect(readConfig(context(consensus), {}).warnings).toEqual([expect.stringContaining('analyzer.consensus has no effect under analyzer.ensemble: default')]);
  expect(readConfig(context({ ...consensus, SKYLARK_ANALYZER__ENSEMBLE: 'nine' }), {}).warnings).toEqual([]);
  expect(readConfig(context({ ...consensus, SKYLARK_ANALYZER__RULES: '[{"match":"a.*","detectors":["grubbs","ks_test"]}]' }), {}).warnings).toEqual([]);
});

it('a setting of something that is not built yet is said', () => {
  expect(readConfig(context({ SKYLARK_API__EMBED_ORIGINS: '["https://a.example"]', SKYLARK_API__PORT: '0' }), {}).warnings).toEqual([expect.stringContaining('api.embedOrigins has no effect yet')]);
});
