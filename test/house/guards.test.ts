import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const planted = `${root}test/house/planted`;
const depcruise = `${root}node_modules/dependency-cruiser/bin/dependency-cruise.mjs`;

interface Cruise {
  readonly summary: { readonly totalCruised: number; readonly violations: readonly { from: string; to: string; rule: { name: string } }[] };
}

function cruise(cwd: string): Cruise {
  const { stdout } = spawnSync(process.execPath, [depcruise, '--config', `${root}.dependency-cruiser.cjs`, '--output-type', 'json', 'packages'], { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as Cruise;
}

describe('the dependency rules', () => {
  it('find nothing in the sources, and see all of them', () => {
    const { summary } = cruise(root);
    expect(summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
    expect(summary.totalCruised).toBeGreaterThan(100);
  }, 120_000);

  it('catch each planted violation', () => {
    const caught = cruise(planted).summary.violations.map(({ from, rule }) => `${rule.name}: ${from.replace('packages/', '').replace('/src/', '/')}`);
    for (const expected of [
      'arrows-of-core: core/arrow.ts',
      'core-has-no-io: core/io.ts',
      'arrows-of-algorithms: algorithms/arrow.ts',
      'arrows-of-storage: storage/arrow.ts',
      'arrows-of-horizon: horizon/arrow.ts',
      'store-clients-only-in-storage: horizon/client.ts',
      'arrows-of-analyzer: analyzer/arrow.ts',
      'nobody-imports-skylark: analyzer/arrow.ts',
      'arrows-of-api: api/arrow.ts',
      'resolvable: api/unresolved.ts',
      'dashboard-takes-types-of-core: dashboard/value.ts',
    ]) expect(caught).toContain(expected);
    expect(caught.some((line) => line.startsWith('no-cycle: api/cycle-'))).toBe(true);
  }, 120_000);
});

describe('the lint rules', () => {
  it('find nothing in the sources', async () => {
    const results = await new ESLint({ cwd: root }).lintFiles(['packages/*/src/**/*.{ts,tsx}']);
    const found = results.flatMap(({ filePath, messages }) => messages.map(({ line, ruleId, message }) => `${filePath.slice(root.length)}:${line} ${ruleId ?? 'parse'} ${message}`));
    expect(found).toEqual([]);
    expect(results.length).toBeGreaterThan(100);
  }, 300_000);

  it('catch each planted violation', () => {
    // A process of its own: the configuration goes by its working directory.
    const { stdout } = spawnSync(process.execPath, [`${root}node_modules/eslint/bin/eslint.js`, '--config', `${root}eslint.config.mjs`, '--format', 'json', 'packages/*/src/lint-*.ts'], { cwd: planted, encoding: 'utf8', maxBuffer: 1 << 28 });
    const results = JSON.parse(stdout) as ESLint.LintResult[];
    const caught = results.flatMap(({ filePath, messages }) => messages.map(({ ruleId, message }) => `${filePath.split('/lint-')[1] ?? ''} ${ruleId ?? 'parse'} ${message}`));
    for (const expected of [
      /^any\.ts @typescript-eslint\/no-explicit-any/,
      /^floating\.ts @typescript-eslint\/no-floating-promises/,
      /^misused\.ts @typescript-eslint\/no-misused-promises/,
      /^clock\.ts no-restricted-properties .*Take a Clock/,
      /^clock\.ts no-restricted-syntax Take a Clock/,
      /^clock\.ts no-restricted-properties .*random generator/,
      /^environment\.ts no-restricted-properties .*environment/,
      /^environment\.ts no-restricted-properties .*command line/,
      /^shapes\.ts no-restricted-syntax Name what you export/,
      /^shapes\.ts no-restricted-syntax No state at module level/,
      /^shapes\.ts no-restricted-syntax No I-prefix/,
      /^eval\.ts no-eval/,
      /^eval\.ts no-new-func/,
      /^switch\.ts @typescript-eslint\/switch-exhaustiveness-check/,
    ]) expect(caught.filter((line) => expected.test(line)), String(expected)).not.toEqual([]);
    expect(caught.filter((line) => line.startsWith('shapes.ts no-restricted-syntax Name what you export')).length).toBe(2);
  }, 120_000);
});

describe('the types', () => {
  it('hold in sources and tests alike', () => {
    const { stdout, status } = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.test.json'], { cwd: root, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 300_000);
});
