import type { Series } from '../series.js';

export interface CollectionComment {
  readonly by: string;
  readonly at: number;
  readonly text: string;
}

/** A saved investigation with its own copy of the data. */
export interface Collection {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly series: readonly Series[];
  /** Markdown, as typed. */
  readonly notes: string;
  readonly comments: readonly CollectionComment[];
  readonly updated: number;
}

/** Keeps collections; durable when a call resolves. */
export interface CollectionStore {
  /** Creates (expected 0) or replaces; rejects with `version-conflict` when the stored version is another. Answers the new version. */
  put(collection: Collection, expected: number): Promise<number>;
  get(id: string): Promise<{ version: number; collection: Collection } | null>;
  /** Newest first; `text` is looked for in titles, notes, comments and metric names, ignoring case. */
  list(page: { text?: string; limit: number; offset: number }): Promise<{ total: number; collections: Collection[] }>;
  /** True if there was one. */
  delete(id: string): Promise<boolean>;
}
