import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './api.js';

/** One retry, and only where it may help: a refusal stays a refusal. */
export function createQueryClient(): QueryClient {
  const worthARetry = (failures: number, error: Error): boolean => failures < 1 && error instanceof ApiError && (error.status === 0 || error.status >= 500);
  return new QueryClient({
    defaultOptions: {
      queries: { retry: worthARetry, retryDelay: 500, staleTime: 20_000, gcTime: 300_000, refetchOnWindowFocus: true, networkMode: 'always' },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}
