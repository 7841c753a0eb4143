import type { Budget, Calendar, MetricChange, RemarksChange, SearchAnswer, SearchRequest, SentNotification, Silence } from '@skylark/core';
import type { AnomalyList, CollectionChange, CollectionFile, CollectionList, ExpectedAnswer, FoundMetrics, ListedAnomaly, ListedIncident, NameBranch, NewCalendar, NewCollection, NewSilence, SeriesAnswer, StatusAnswer, WouldSilence } from './api-types.js';

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
  expected(request: { metric: string; from: number; until: number; maxPoints: number }, signal?: AbortSignal): Promise<ExpectedAnswer>;
  metrics(request: { query: string; limit: number; offset?: number }, signal?: AbortSignal): Promise<FoundMetrics>;
  removeMetrics(query: string): Promise<{ removed: number }>;
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer>;
  changes(request: { from: number; until: number; limit: number }, signal?: AbortSignal): Promise<{ changes: MetricChange[] }>;
  tree(prefix: string, signal?: AbortSignal): Promise<{ children: NameBranch[] }>;
  collections(query: string, signal?: AbortSignal): Promise<CollectionList>;
  collection(id: string, signal?: AbortSignal): Promise<CollectionFile>;
  saveCollection(collection: NewCollection): Promise<CollectionFile>;
  importCollection(file: unknown): Promise<CollectionFile>;
  editCollection(id: string, change: CollectionChange): Promise<CollectionFile>;
  commentCollection(id: string, text: string): Promise<CollectionFile>;
  deleteCollection(id: string): Promise<unknown>;
  incidents(request: { from?: number; until?: number; state?: string }, signal?: AbortSignal): Promise<ListedIncident[]>;
  /** With the look-alikes that a list leaves out. */
  incident(id: string, signal?: AbortSignal): Promise<ListedIncident>;
  budget(signal?: AbortSignal): Promise<Budget>;
  setBudget(perDay: number | null, dryRun: boolean): Promise<Budget>;
  silences(signal?: AbortSignal): Promise<Silence[]>;
  trySilence(silence: NewSilence): Promise<WouldSilence>;
  silence(silence: NewSilence): Promise<Silence>;
  unsilence(id: string): Promise<unknown>;
  calendars(signal?: AbortSignal): Promise<Calendar[]>;
  plan(calendar: NewCalendar): Promise<Calendar>;
  unplan(id: string): Promise<unknown>;
  notifications(signal?: AbortSignal): Promise<SentNotification[]>;
  /** The lines of /readyz. */
  readiness(signal?: AbortSignal): Promise<string>;
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
    expected: (request, signal) => call('/expected', { parameters: { ...request }, signal }) as Promise<ExpectedAnswer>,
    metrics: (request, signal) => call('/metrics', { parameters: { ...request }, signal }) as Promise<FoundMetrics>,
    removeMetrics: (query) => call('/metrics', { method: 'DELETE', parameters: { query } }) as Promise<{ removed: number }>,
    search: (request, signal) => call('/search', { method: 'POST', body: request, signal }) as Promise<SearchAnswer>,
    changes: (request, signal) => call('/changes', { parameters: { ...request }, signal }) as Promise<{ changes: MetricChange[] }>,
    tree: (prefix, signal) => call('/metrics/tree', { parameters: { prefix }, signal }) as Promise<{ children: NameBranch[] }>,
    collections: (query, signal) => call('/collections', { parameters: { ...(query === '' ? {} : { query }), limit: 200 }, signal }) as Promise<CollectionList>,
    collection: (id, signal) => call(`/collections/${encodeURIComponent(id)}`, { signal }) as Promise<CollectionFile>,
    saveCollection: (collection) => call('/collections', { method: 'POST', body: collection }) as Promise<CollectionFile>,
    importCollection: (file) => call('/collections/import', { method: 'POST', body: file }) as Promise<CollectionFile>,
    editCollection: (id, change) => call(`/collections/${encodeURIComponent(id)}`, { method: 'PATCH', body: change }) as Promise<CollectionFile>,
    commentCollection: (id, text) => call(`/collections/${encodeURIComponent(id)}/comments`, { method: 'POST', body: { text } }) as Promise<CollectionFile>,
    deleteCollection: (id) => call(`/collections/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    incidents: (request, signal) => call('/incidents', { parameters: { ...request }, signal }) as Promise<ListedIncident[]>,
    incident: (id, signal) => call(`/incidents/${encodeURIComponent(id)}`, { signal }) as Promise<ListedIncident>,
    budget: (signal) => call('/budget', { signal }) as Promise<Budget>,
    setBudget: (perDay, dryRun) => call('/budget', { method: 'PUT', body: { perDay, dryRun } }) as Promise<Budget>,
    silences: (signal) => call('/silences', { signal }) as Promise<Silence[]>,
    trySilence: (silence) => call('/silences', { method: 'POST', body: { ...silence, dryRun: true } }) as Promise<WouldSilence>,
    silence: (silence) => call('/silences', { method: 'POST', body: silence }) as Promise<Silence>,
    unsilence: (id) => call(`/silences/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    calendars: (signal) => call('/calendars', { signal }) as Promise<Calendar[]>,
    plan: (calendar) => call('/calendars', { method: 'POST', body: calendar }) as Promise<Calendar>,
    unplan: (id) => call(`/calendars/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    notifications: (signal) => call('/notifications', { signal }) as Promise<SentNotification[]>,
    readiness: async (signal) => (await fetcher('/readyz?verbose', signal ? { signal } : {})).text(),
    signIn: async (token) => {
      await call('/session', { method: 'POST', body: { token } });
    },
  };
}

interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
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
