import type { Window } from '@skylark/core';
import { useCallback, useMemo, useState } from 'react';
import { countSeverities, filterAnomalies, holdOrder, type ListFilter, readHidden, type SeverityCounts } from '../anomalies/list-view.js';
import { useParameters } from '../app/location.js';
import { byScore } from '../data/anomaly-cache.js';
import type { ListedAnomaly } from '../data/api-types.js';
import { useOpenAnomalies, usePastAnomalies } from '../data/queries.js';

export interface AnomalyListState {
  readonly shown: readonly ListedAnomaly[];
  /** All before filtering. */
  readonly all: readonly ListedAnomaly[];
  readonly total: number;
  /** New ones that wait because the list is held. */
  readonly waiting: number;
  readonly counts: SeverityCounts;
  readonly hidden: ListFilter['hidden'];
  readonly pending: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
  readonly held: boolean;
  /** Keeps the rows where they are, or lets them run again. */
  readonly hold: (held: boolean) => void;
}

/** The anomalies the address asks for (`show=all`: closed ones of the window too), filtered, and held in place when told. */
export function useAnomalyList(window: Window): AnomalyListState {
  const { read } = useParameters();
  const everything = read('show') === 'all';
  const open = useOpenAnomalies();
  const past = usePastAnomalies(everything ? { from: Math.floor(window.from), until: Math.ceil(window.until) } : null);
  const { data, error, isPending, refetch } = everything ? past : open;
  const [order, setOrder] = useState<readonly string[] | null>(null);

  const all = useMemo(() => (everything ? [...(data?.anomalies ?? [])].sort(byScore) : (data?.anomalies ?? [])), [data, everything]);
  const hiddenText = read('hide');
  const words = read('name') ?? '';
  const hidden = useMemo(() => readHidden(hiddenText), [hiddenText]);
  const filtered = useMemo(() => filterAnomalies(all, { words, hidden }), [all, words, hidden]);
  const { shown, waiting } = useMemo(() => holdOrder(filtered, order), [filtered, order]);
  const hold = useCallback((held: boolean) => setOrder((before) => (held ? (before ?? filtered.map(({ id }) => id)) : null)), [filtered]);
  return {
    shown, all, waiting, hidden, hold,
    total: data?.total ?? 0,
    counts: useMemo(() => countSeverities(all), [all]),
    pending: isPending,
    error: data ? null : error,
    retry: () => void refetch(),
    held: order !== null,
  };
}
