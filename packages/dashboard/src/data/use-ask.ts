import { useMutation, type UseMutationResult, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useContext } from 'react';
import type { Api } from './api.js';
import { ApiContext } from './queries.js';

/** Asks the API and keeps the answer under a key; the page before stays while the next one comes. */
export function useAsk<Answer>(key: readonly unknown[], ask: (api: Api, signal: AbortSignal) => Promise<Answer>, { enabled = true, refetchInterval }: { enabled?: boolean; refetchInterval?: number } = {}): UseQueryResult<Answer> {
  const api = useContext(ApiContext);
  return useQuery({ queryKey: key, queryFn: ({ signal }) => ask(api, signal), enabled, placeholderData: (previous) => previous, ...(refetchInterval === undefined ? {} : { refetchInterval }) });
}

/** Changes something; what is kept under the key is read anew. */
export function useChange<Given, Answer>(key: readonly unknown[], change: (api: Api, given: Given) => Promise<Answer>): UseMutationResult<Answer, Error, Given> {
  const api = useContext(ApiContext);
  const client = useQueryClient();
  return useMutation({ mutationFn: (given: Given) => change(api, given), onSuccess: () => client.invalidateQueries({ queryKey: key }) });
}
