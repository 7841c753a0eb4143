import { isSkylarkError, type PutFailure, type ShapeDocument } from '@skylark/core';
import type { BulkItem } from './bulk-writer.js';
import { toSource } from './document-source.js';

export interface ItemOptions {
  readonly vectors: boolean;
  readonly aliasOf: (document: ShapeDocument) => string;
  /** Of each item; a lower one than the document has is left out. */
  readonly version: number;
}

/** Bulk items of documents; those that no retry makes fit apart, with the reason. */
export function bulkItems(documents: readonly ShapeDocument[], { vectors, aliasOf, version }: ItemOptions): { items: BulkItem[]; failures: PutFailure[] } {
  const failures: PutFailure[] = [];
  const items = documents.flatMap((document): BulkItem[] => {
    try {
      const source = toSource(document, vectors);
      return [{ alias: aliasOf(document), id: document.id, version, source }];
    } catch (error) {
      if (!isSkylarkError(error)) throw error;
      failures.push({ id: document.id, reason: error.message });
      return [];
    }
  });
  return { items, failures };
}
