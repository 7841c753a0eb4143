/** The pages, as data. `metric` and `names` carry what the path or the search part says. */
export type Route =
  | { readonly page: 'now' }
  | { readonly page: 'metric'; readonly metric: string }
  | { readonly page: 'similar' }
  | { readonly page: 'names' }
  | { readonly page: 'draw' }
  | { readonly page: 'collections'; readonly id: string | null }
  | { readonly page: 'incidents' }
  | { readonly page: 'pipeline' }
  | { readonly page: 'settings' }
  | { readonly page: 'unknown' };

/**
 * The page of a location. Reads the raw path: a metric's name may hold `/`, `%`, `;`, spaces, and is one encoded segment.
 *
 * @example routeOf('/metric/a%2Fb', '') // { page: 'metric', metric: 'a/b' }
 */
export function routeOf(pathname: string, search: string): Route {
  if (pathname === '/') return asParameter(search);
  if (pathname === '/similar') return { page: 'similar' };
  if (pathname === '/names') return { page: 'names' };
  if (pathname === '/draw') return { page: 'draw' };
  if (pathname === '/incidents') return { page: 'incidents' };
  if (pathname === '/pipeline') return { page: 'pipeline' };
  if (pathname === '/settings') return { page: 'settings' };
  if (pathname === '/collections') return { page: 'collections', id: new URLSearchParams(search).get('id') };
  if (!pathname.startsWith('/metric/')) return { page: 'unknown' };
  const metric = decoded(pathname.slice('/metric/'.length));
  return metric === null || metric === '' ? { page: 'unknown' } : { page: 'metric', metric };
}

/** The first page; `/?metric=..` is the page of a metric that no path can hold. */
function asParameter(search: string): Route {
  const metric = new URLSearchParams(search).get('metric');
  return metric === null || metric === '' ? { page: 'now' } : { page: 'metric', metric };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The address of a metric's page. `.` and `..` would be taken for folders by any browser, so these two go into the search part. */
export function metricPath(metric: string, parameters: Readonly<Record<string, string>> = {}): string {
  const asFolder = metric === '.' || metric === '..';
  const path = asFolder ? '/' : `/metric/${encodeURIComponent(wellFormed(metric))}`;
  return withParameters(path, asFolder ? { metric, ...parameters } : parameters);
}

export function similarPath(query: { metric?: string | undefined; anomaly?: string | undefined; from?: number | undefined; until?: number | undefined }): string {
  const { metric, anomaly, from, until } = query;
  return withParameters('/similar', {
    ...(anomaly === undefined ? {} : { anomaly }),
    ...(metric === undefined ? {} : { metric: wellFormed(metric) }),
    ...(from === undefined ? {} : { from: String(from) }),
    ...(until === undefined ? {} : { until: String(until) }),
  });
}

function withParameters(path: string, parameters: Readonly<Record<string, string>>): string {
  const search = new URLSearchParams(parameters);
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

/** A lone surrogate cannot be encoded: U+FFFD stands for it. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
