import { type ReactNode } from 'react';
import { goTo } from '../app/location.js';
import type { NewCollection } from '../data/api-types.js';
import { useChange } from '../data/use-ask.js';

/** Saves metrics over a window as an investigation, with a copy of the data, and opens it. */
export function SaveButton({ metrics, from, until, title }: NewCollection): ReactNode {
  const save = useChange(['collections'], (api, collection: NewCollection) => api.saveCollection(collection));
  return (
    <button type="button" className="button" disabled={save.isPending} title={save.error?.message ?? 'Keeps a copy of the data, for notes and later searches'} onClick={() => save.mutate({ metrics, from, until, title }, { onSuccess: ({ id }) => goTo(`/collections?id=${encodeURIComponent(id)}`) })}>
      {save.error ? 'Not saved' : 'Save'}
    </button>
  );
}
