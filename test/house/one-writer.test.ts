import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));

/** A backup puts back what was taken. */
const restores = 'skylark/src/backup/restore-backup.ts';

/** Source files (not tests) that hold the pattern, but for that of a restore: by package. */
function packagesWith(pattern: RegExp): string[] {
  const files = readdirSync(packages, { recursive: true, encoding: 'utf8' }).filter((file) => /^[a-z]+\/src\/.*\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && file !== restores);
  const found = files.filter((file) => pattern.test(readFileSync(packages + file, 'utf8')));
  return [...new Set(found.map((file) => file.split('/')[0] ?? ''))].sort();
}

it('nothing but the analyzer records anomalies: not the demo, not the seed, not the API', () => {
  expect(packagesWith(/\b(?:log|anomalies)\.record\(/)).toEqual(['analyzer']);
});

it('nothing but the importer puts shapes into the index', () => {
  expect(packagesWith(/\bindex\.(?:put|replace)\(/)).toEqual(['importer']);
});

it('datapoints are appended by the intake and the import of history alone', () => {
  expect(packagesWith(/\b(?:series|store)\.append\(/)).toEqual(['horizon', 'skylark']);
});
