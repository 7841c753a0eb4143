import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Pages of a data file, read without LMDB: it trusts what it maps, and a wild page number ends the process. */
export interface PageFile {
  readonly pageBytes: number;
  readonly pageCount: number;
  /** A view that holds until some hundred pages later; null beyond the end of the file. */
  page(number: number): Buffer | null;
  /** `length` bytes behind a page's header, across the pages that follow it; null beyond the end. */
  overflow(page: number, length: number): Buffer | null;
  close(): void;
}

export const pageHeaderBytes = 24;
const chunkBytes = 256 * 1024;
const keptChunks = 64;

export function openPageFile(path: string, pageBytes = 4096): PageFile {
  const file = openSync(path, 'r');
  const size = fstatSync(file).size;
  const chunks = new Map<number, Buffer>();
  const chunk = (index: number): Buffer => {
    const kept = chunks.get(index);
    if (kept) return kept;
    const bytes = Buffer.allocUnsafeSlow(chunkBytes);
    const length = readSync(file, bytes, 0, chunkBytes, index * chunkBytes);
    const read = bytes.subarray(0, length);
    chunks.set(index, read);
    // A Map goes by age: the oldest leaves.
    if (chunks.size > keptChunks) chunks.delete(chunks.keys().next().value!);
    return read;
  };
  return {
    pageBytes,
    pageCount: Math.floor(size / pageBytes),
    page(number) {
      const at = number * pageBytes;
      if (!Number.isSafeInteger(number) || number < 0 || at + pageBytes > size) return null;
      const index = Math.floor(at / chunkBytes);
      return chunk(index).subarray(at - index * chunkBytes, at - index * chunkBytes + pageBytes);
    },
    overflow(page, length) {
      const from = page * pageBytes + pageHeaderBytes;
      if (from + length > size) return null;
      const bytes = Buffer.allocUnsafe(length);
      readSync(file, bytes, 0, length, from);
      return bytes;
    },
    close: () => closeSync(file),
  };
}
