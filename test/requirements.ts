import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts servers, which is not always on a user's path. */
const furtherFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** What vitest hands to a test: `skip` ends it, and its note is listed under the counts of a run. */
export interface Skippable {
  skip(note?: string): never;
}

/**
 * The path of a real program that a test runs against. Missing: the test is skipped with the reason and the line that would install it;
 * with CI=true it fails instead, because there the programs are installed first.
 *
 * @example it('takes lines from carbon-c-relay', async (test) => { const relay = requireProgram('carbon-c-relay', 'carbon-c-relay', test); });
 */
export function requireProgram(name: string, aptPackage: string, test: Skippable): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...furtherFolders];
  const path = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (path !== undefined) return path;
  const missing = `${name} is not installed: apt-get install ${aptPackage}`;
  if (process.env['CI'] === 'true') throw new Error(missing);
  return test.skip(missing);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
