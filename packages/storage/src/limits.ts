import { SkylarkError } from '@skylark/core';

/** Longest id, key or queue name in bytes of UTF-8: fits a key of the tree, and Elasticsearch's `_id`. */
export const maxIdBytes = 512;

/** The text, if it can be a key; else `bad-request` naming what it was meant for. */
export function checkId(what: string, text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes < 1 || bytes > maxIdBytes) throw new SkylarkError('bad-request', `${what} of ${bytes} bytes; 1 to ${maxIdBytes} are allowed`);
  return text;
}
