import type { Invariance, SearchMethod, SearchRequest, SearchScope } from '@skylark/core';

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

export const shifts: readonly { readonly value: string; readonly label: string }[] = [
  { value: '', label: 'At the same time' },
  { value: '300', label: 'Shifted up to 5 min' },
  { value: '3600', label: 'Shifted up to 1 h' },
  { value: 'any', label: 'Anywhere in 24 h' },
];

export const invariances: readonly { readonly value: Invariance; readonly label: string }[] = [
  { value: 'height', label: 'Ignore height' },
  { value: 'level', label: 'Ignore level' },
  { value: 'when', label: 'Ignore when' },
  { value: 'stretching', label: 'Allow stretching' },
  { value: 'noise', label: 'Ignore noise' },
];

/** Longest a page waits for a search that reads everything. */
const budgetMs = 10_000;

/** How freely a match may lie, as the address says: `shift`, `mirrored`, `explain`. */
export function readFreedom(read: (name: string) => string | null): Pick<SearchRequest, 'maxLagSeconds' | 'mirrored' | 'subsequence' | 'explain' | 'budgetMs'> {
  const shift = shifts.find(({ value }) => value === read('shift'))?.value ?? '';
  return {
    ...(shift === 'any' ? { subsequence: true } : shift === '' ? {} : { maxLagSeconds: Number(shift) }),
    ...(read('mirrored') === '1' ? { mirrored: true } : {}),
    ...(read('explain') === '1' ? { explain: true } : {}),
    budgetMs,
  };
}

/** The options an address says, with the server's defaults for what it does not. */
export function readSearchOptions(read: (name: string) => string | null): SearchOptions {
  const method = methods.find(({ value }) => value === read('method'))?.value ?? 'dtw';
  const scope = scopes.find(({ value }) => value === read('scope'))?.value ?? 'both';
  return { method, scope };
}
