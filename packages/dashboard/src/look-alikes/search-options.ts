import type { SearchMethod, SearchScope } from '@skylark/core';

export const methods: readonly { readonly value: SearchMethod; readonly label: string; readonly help: string }[] = [
  { value: 'dtw', label: 'DTW', help: 'Exact; allows the shapes to shift and stretch in time' },
  { value: 'euclidean', label: 'Euclidean', help: 'Point by point, at the same time' },
  { value: 'fastdtw', label: 'FastDTW', help: 'DTW, approximately' },
];

export const scopes: readonly { readonly value: SearchScope; readonly label: string }[] = [
  { value: 'both', label: 'Live and past' },
  { value: 'live', label: 'Live series' },
  { value: 'anomalies', label: 'Past anomalies' },
];

export interface SearchOptions {
  readonly method: SearchMethod;
  readonly scope: SearchScope;
}

/** The options an address says, with the server's defaults for what it does not. */
export function readSearchOptions(read: (name: string) => string | null): SearchOptions {
  const method = methods.find(({ value }) => value === read('method'))?.value ?? 'dtw';
  const scope = scopes.find(({ value }) => value === read('scope'))?.value ?? 'both';
  return { method, scope };
}
