import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { SkylarkError } from '@skylark/core';
import { writeWhole } from './write-whole.js';

/**
 * The newest format this code reads, and the one it writes. It covers everything in the folder: files, keys, records, blocks.
 * A change that older code would misread makes it one more, with a migration that keeps a copy of the folder.
 */
export const storeFormat = 1;

/** What a store is, from the day it is made: kept in `format.json`, which is read before anything else is touched, and once more in the tree. */
export interface StoreFormat {
  readonly format: number;
  readonly shards: number;
}

const fileName = 'format.json';

/** null: there is no such file, or a damaged one. Throws `store-newer` for a store that this code must not touch. */
export function readFormat(folder: string): StoreFormat | null {
  const path = join(folder, fileName);
  if (!existsSync(path)) return null;
  const format = parse(readFileSync(path, 'utf8'));
  if (format && format.format > storeFormat) throw new SkylarkError('store-newer', `${folder} has format ${format.format}, this version reads up to ${storeFormat}`);
  return format;
}

export function writeFormat(folder: string, { format, shards }: StoreFormat): void {
  writeWhole(join(folder, fileName), `${JSON.stringify({ format, shards, checksum: checksum({ format, shards }) })}\n`);
}

function parse(text: string): StoreFormat | null {
  try {
    const { format, shards, checksum: sum } = JSON.parse(text) as Record<string, unknown>;
    if (typeof format !== 'number' || typeof shards !== 'number' || sum !== checksum({ format, shards })) return null;
    return { format, shards };
  } catch {
    return null;
  }
}

const checksum = ({ format, shards }: StoreFormat): number => crc32(`skylark store ${format} ${shards}`);
