import type { RemarksChange, SearchAnswer, SearchRequest, Window } from '@skylark/core';
import { useMutation, type UseMutationResult, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Api, AnomalyFilter } from './api.js';
import { createApi } from './api.js';
import { applyEvent, byScore } from './anomaly-cache.js';
import type { AnomalyList, FoundMetrics, ListedAnomaly, SeriesAnswer, StatusAnswer } from './api-types.js';

export const ApiContext = createContext<Api>(createApi());

/** Query keys: what is asked first, so that an event can name all it makes stale. */
export const keys = {
  status: ['status'] as const,
  openAnomalies: ['anomalies', 'open'] as const,
  pastAnomalies: ['anomalies', 'past'] as const,
  anomaly: (id: string) => ['anomaly', id] as const,
  series: (metric: string) => ['series', metric] as const,
  metrics: ['metrics'] as const,
  search: ['search'] as const,
};

/** More open anomalies than a person will read; the page says when there are more. */
const mostOpenAnomalies = 2000;

async function readOpenAnomalies(api: Api, signal: AbortSignal): Promise<AnomalyList> {
  const anomalies = new Map<string, ListedAnomaly>();
  let total = 0;
  let cursor: string | undefined;
  do {
    const page = await api.anomalies({ state: 'open', limit: 500, ...(cursor === undefined ? {} : { cursor }) }, signal);
    for (const anomaly of page.anomalies) anomalies.set(anomaly.id, anomaly);
    total = page.total;
    cursor = page.anomalies.length === 0 ? undefined : page.nextCursor;
  } while (cursor !== undefined && anomalies.size < mostOpenAnomalies);
  return { total, anomalies: [...anomalies.values()].sort(byScore) };
}

export function useStatus(): UseQueryResult<StatusAnswer> {
  const api = useContext(ApiContext);
  return useQuery({ queryKey: keys.status, queryFn: ({ signal }) => api.status(signal), refetchInterval: 10_000, staleTime: 5000 });
}

/** All open anomalies, highest score first; kept fresh by events, and read anew each minute in case one was missed. */
export function useOpenAnomalies(): UseQueryResult<AnomalyList> {
  const api = useContext(ApiContext);
  return useQuery({ queryKey: keys.openAnomalies, queryFn: ({ signal }) => readOpenAnomalies(api, signal), refetchInterval: 60_000 });
}

/** Open and closed ones that overlap a window; `query` null asks nothing. */
export function usePastAnomalies(filter: AnomalyFilter | null): UseQueryResult<AnomalyList> {
  const api = useContext(ApiContext);
  return useQuery({
    queryKey: [...keys.pastAnomalies, filter],
    queryFn: ({ signal }) => api.anomalies({ state: 'all', limit: 500, ...filter }, signal),
    enabled: filter !== null,
    placeholderData: (previous, query) => (sameQuery(query?.queryKey[2], filter) ? previous : undefined),
  });
}

function sameQuery(previous: unknown, filter: AnomalyFilter | null): boolean {
  return (previous as AnomalyFilter | null | undefined)?.query === filter?.query;
}

export function useAnomaly(id: string | null): UseQueryResult<ListedAnomaly> {
  const api = useContext(ApiContext);
  return useQuery({ queryKey: keys.anomaly(id ?? ''), queryFn: ({ signal }) => api.anomaly(id ?? '', signal), enabled: id !== null });
}

/** A metric's points in a window, at most `maxPoints`; while the window moves on, the picture before stays. */
export function useSeries(metric: string | null, { from, until }: Window, maxPoints: number): UseQueryResult<SeriesAnswer> {
  const api = useContext(ApiContext);
  return useQuery({
    queryKey: [...keys.series(metric ?? ''), from, until, maxPoints],
    queryFn: ({ signal }) => api.series({ metric: metric ?? '', from, until, maxPoints }, signal),
    enabled: metric !== null && maxPoints > 0,
    gcTime: 60_000,
    placeholderData: (previous, query) => (query?.queryKey[1] === metric ? previous : undefined),
  });
}

export function useMetrics({ query, limit, offset = 0 }: { query: string; limit: number; offset?: number }, enabled = true): UseQueryResult<FoundMetrics> {
  const api = useContext(ApiContext);
  return useQuery({
    queryKey: [...keys.metrics, query, limit, offset],
    queryFn: ({ signal }) => api.metrics({ query, limit, offset }, signal),
    enabled,
    placeholderData: (previous) => previous,
  });
}

/** Whether invented demo data is in the store, and how many metrics of it. */
export function useDemoMetrics(): number {
  const api = useContext(ApiContext);
  const { data } = useQuery({ queryKey: [...keys.metrics, 'demo'], queryFn: ({ signal }) => api.metrics({ query: 'demo.*', limit: 1 }, signal), refetchInterval: 60_000 });
  return data?.total ?? 0;
}

export function useRemoveDemo(): UseMutationResult<{ removed: number }, Error, void> {
  const api = useContext(ApiContext);
  const client = useQueryClient();
  return useMutation({ mutationFn: () => api.removeMetrics('demo.*'), onSuccess: () => client.invalidateQueries() });
}

export function useLookAlikes(request: SearchRequest): UseQueryResult<SearchAnswer> {
  const api = useContext(ApiContext);
  return useQuery({ queryKey: [...keys.search, request], queryFn: ({ signal }) => api.search(request, signal), staleTime: 300_000, placeholderData: (previous) => previous });
}

/** Says something of an anomaly; shown at once, taken back when the server refuses. */
export function useRemark(): UseMutationResult<ListedAnomaly, Error, { anomaly: ListedAnomaly; change: RemarksChange }> {
  const api = useContext(ApiContext);
  const client = useQueryClient();
  const show = (anomaly: ListedAnomaly): void => {
    client.setQueryData<AnomalyList>(keys.openAnomalies, (list) => list && applyEvent(list, 'updated', anomaly));
    client.setQueryData(keys.anomaly(anomaly.id), anomaly);
  };
  return useMutation({
    mutationFn: ({ anomaly, change }) => api.remark(anomaly.id, change),
    onMutate: ({ anomaly, change }) => show({ ...anomaly, ...change }),
    onSuccess: show,
    onError: (_error, { anomaly }) => show(anomaly),
  });
}
