import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../cli/command-context.js';
import { findCsvFiles } from './csv-files.js';

const folder = mkdtempSync(join(tmpdir(), 'skylark-csv-'));
for (const name of ['b.csv', 'a/deep/x.CSV', 'a/notes.txt', 'a/y.csv', 'other/b.csv', 'empty/readme.md']) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), '');
}
afterAll(() => rmSync(folder, { recursive: true }));

describe('findCsvFiles', () => {
  it('takes all of a folder by relative path, in order of name', async () => {
    expect((await findCsvFiles([folder])).map(({ name }) => name)).toEqual(['a/deep/x.CSV', 'a/y.csv', 'b.csv', 'other/b.csv']);
  });

  it('takes a file by its name, whatever it ends in', async () => {
    expect(await findCsvFiles([join(folder, 'a/notes.txt')])).toEqual([{ path: join(folder, 'a/notes.txt'), name: 'notes.txt' }]);
  });

  it('refuses two files that would go by one name, naming both', async () => {
    await expect(findCsvFiles([join(folder, 'b.csv'), join(folder, 'other/b.csv')])).rejects.toThrow(/b\.csv and .*other\/b\.csv/);
  });

  it('says so when a folder has none', async () => {
    await expect(findCsvFiles([join(folder, 'empty')])).rejects.toThrow(UsageError);
  });
});
