import type { RemarksChange, SearchAnswer, SearchRequest } from '@skylark/core';
import type { AnomalyList, FoundMetrics, ListedAnomaly, SeriesAnswer, StatusAnswer } from './api-types.js';

/** What the server said when it refused, or that it could not be reached (`code` 'unreachable', status 0). */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly requestId: string | null;
  /** Names the caller may have meant, for an unknown metric. */
  readonly didYouMean: readonly string[];

  constructor(message: string, { code, status, requestId = null, didYouMean = [] }: { code: string; status: number; requestId?: string | null; didYouMean?: readonly string[] }) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.didYouMean = didYouMean;
  }
}

type Parameters = Readonly<Record<string, string | number | undefined>>;

export interface AnomalyFilter {
  readonly state?: 'open' | 'closed' | 'all';
  /** A name, glob or /regex/, as in name search. */
  readonly query?: string;
  readonly from?: number;
  readonly until?: number;
  readonly limit?: number;
  readonly cursor?: string;
}

/** The routes of `/api/v1` the pages use. Every call rejects with an `ApiError`, or with the signal's reason when aborted. */
export interface Api {
  status(signal?: AbortSignal): Promise<StatusAnswer>;
  anomalies(filter: AnomalyFilter, signal?: AbortSignal): Promise<AnomalyList>;
  anomaly(id: string, signal?: AbortSignal): Promise<ListedAnomaly>;
  remark(id: string, change: RemarksChange): Promise<ListedAnomaly>;
  series(request: { metric: string; from: number; until: number; maxPoints: number }, signal?: AbortSignal): Promise<SeriesAnswer>;
  metrics(request: { query: string; limit: number; offset?: number }, signal?: AbortSignal): Promise<FoundMetrics>;
  removeMetrics(query: string): Promise<{ removed: number }>;
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer>;
  /** Exchanges a token for the page's cookie. */
  signIn(token: string): Promise<void>;
}

export function createApi(fetcher: typeof fetch = (input, init) => fetch(input, init)): Api {
  const call = (path: string, options: CallOptions = {}): Promise<unknown> => callApi(fetcher, path, options);
  return {
    status: (signal) => call('/status', { signal }) as Promise<StatusAnswer>,
    anomalies: (filter, signal) => call('/anomalies', { parameters: { ...filter }, signal }) as Promise<AnomalyList>,
    anomaly: (id, signal) => call(`/anomalies/${encodeURIComponent(id)}`, { signal }) as Promise<ListedAnomaly>,
    remark: (id, change) => call(`/anomalies/${encodeURIComponent(id)}`, { method: 'PATCH', body: change }) as Promise<ListedAnomaly>,
    series: (request, signal) => call('/series', { parameters: { ...request }, signal }) as Promise<SeriesAnswer>,
    metrics: (request, signal) => call('/metrics', { parameters: { ...request }, signal }) as Promise<FoundMetrics>,
    removeMetrics: (query) => call('/metrics', { method: 'DELETE', parameters: { query } }) as Promise<{ removed: number }>,
    search: (request, signal) => call('/search', { method: 'POST', body: request, signal }) as Promise<SearchAnswer>,
    signIn: async (token) => {
      await call('/session', { method: 'POST', body: { token } });
    },
  };
}

interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly parameters?: Parameters;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

async function callApi(fetcher: typeof fetch, path: string, { method = 'GET', parameters = {}, body, signal }: CallOptions): Promise<unknown> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-Skylark'] = '1';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal ? { signal } : {}) };
  let response: Response;
  try {
    response = await fetcher(`/api/v1${path}${queryString(parameters)}`, init);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('The server cannot be reached', { code: 'unreachable', status: 0 });
  }
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json();
}

function queryString(parameters: Parameters): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search.toString()}`;
}

/** An RFC 9457 answer as an error; what is not one (a proxy's page) keeps its status. */
async function problemOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const problem = await response.json().then((body: unknown) => (typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}), (): Record<string, unknown> => ({}));
  const text = (name: string): string | null => (typeof problem[name] === 'string' ? problem[name] : null);
  const meant = problem['didYouMean'];
  return new ApiError(text('detail') ?? text('title') ?? `The server answered ${status}`, {
    code: text('code') ?? `http-${status}`,
    status,
    requestId: text('requestId'),
    didYouMean: Array.isArray(meant) ? meant.filter((name): name is string => typeof name === 'string') : typeof meant === 'string' ? [meant] : [],
  });
}
