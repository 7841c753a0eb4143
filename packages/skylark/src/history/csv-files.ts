import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { UsageError } from '../cli/command-context.js';

export interface CsvFile {
  readonly path: string;
  /** A folder keeps relative paths, a file its name; with `/` between parts. */
  readonly name: string;
}

/**
 * The CSV files of paths: a file as it is, a folder with all below it, in order of name.
 *
 * @throws UsageError for a folder without any, and for two files that would go by one name
 */
export async function findCsvFiles(paths: readonly string[]): Promise<CsvFile[]> {
  const files: CsvFile[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      files.push({ path, name: basename(path) });
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith('.csv')).map((entry) => join(entry.parentPath, entry.name));
    if (found.length === 0) throw new UsageError(`${path} holds no .csv file`);
    files.push(...found.sort().map((file) => ({ path: file, name: relative(path, file).split(sep).join('/') })));
  }
  refuseTwins(files);
  return files;
}

function refuseTwins(files: readonly CsvFile[]): void {
  const paths = new Map<string, string>();
  for (const { path, name } of files) {
    const twin = paths.get(name);
    if (twin !== undefined) throw new UsageError(`${twin} and ${path} would both be ${name}; name the folder above them instead`);
    paths.set(name, path);
  }
}
