import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const shared = fileURLToPath(new URL('../../shared/', import.meta.url));

export const hasShared = existsSync(`${shared}golden`);

/** A file of the shared golden data, or null on a clone without it; `.gz` is unpacked. */
export function readShared(path: string): string | null {
  if (!existsSync(shared + path)) return null;
  const bytes = readFileSync(shared + path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Where a shared file or folder is, or null. */
export function sharedPath(path: string): string | null {
  return existsSync(shared + path) ? shared + path : null;
}
