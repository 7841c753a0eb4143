import { SkylarkError, type Collection } from '@skylark/core';

type Head = Omit<Collection, 'series'>;

/** Whether a text is found in titles, notes, comments and metric names, whatever its case. No text: always. */
export function holdsText({ title, notes, comments, metrics }: Head, text: string | undefined): boolean {
  if (text === undefined) return true;
  const wanted = text.toLowerCase();
  return [title, notes, ...comments.map((comment) => comment.text), ...metrics].some((some) => some.toLowerCase().includes(wanted));
}

/** Newest first, ties by id. */
export const byNewest = (a: Head, b: Head): number => b.updated - a.updated || (a.id < b.id ? -1 : 1);

export const wrongVersion = (id: string, version: number, expected: number): SkylarkError => new SkylarkError('version-conflict', `collection ${id} is at ${version}, not ${expected}`);
