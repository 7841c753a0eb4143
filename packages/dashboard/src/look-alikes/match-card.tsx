import type { SearchMatch } from '@skylark/core';
import type { ReactNode } from 'react';
import { Link } from '../app/location.js';
import { MetricLink } from '../app/metric-link.js';
import { metricPath, similarPath } from '../app/routes.js';
import { formatAge, formatDistance, formatMoment, formatShortSpan } from '../design/format.js';
import { Overlay } from './overlay.js';

const sourceWords: Readonly<Record<SearchMatch['source'], string>> = { live: 'live', anomaly: 'past anomaly', collection: 'collection' };

/** How a match lies to the query in time. */
function lagInWords(seconds: number): string {
  return seconds < 0 ? `leads by ${formatAge(-seconds)}` : `${formatAge(seconds)} later`;
}

/** One match laid over the query. A click searches on from it; its name opens it. */
export function MatchCard({ match, query, prefix, now }: { match: SearchMatch; query: readonly (number | null)[]; prefix: string; now: number }): ReactNode {
  const { metric, source, id, distance, from, until, values, lagSeconds, sign = 1, path } = match;
  const onward = source === 'collection' && id !== undefined ? `/collections?id=${encodeURIComponent(id)}` : source === 'anomaly' && id !== undefined ? similarPath({ anomaly: id }) : similarPath({ metric, from: Math.floor(from), until: Math.ceil(until) });
  const anomalyOf = source === 'anomaly' && id !== undefined ? { anomaly: id } : {};
  return (
    <li className="match" data-metric={metric} {...(source === 'anomaly' && id !== undefined ? { 'data-anomaly': id } : {})}>
      <Link to={onward} className="match-search" aria-label={`Search on from ${metric}`}>
        <Overlay query={query} match={values} sign={sign} path={path} height={72} label={`${metric} laid over the query, distance ${formatDistance(distance)}`} />
      </Link>
      <MetricLink to={metricPath(metric, { from: String(Math.floor(from)), until: String(Math.ceil(until)), ...anomalyOf })} name={metric} prefix={prefix} className="match-name" />
      <p className="match-facts small dim">
        <b className="number" title="Distance of the z-normalised shapes; 0 is the same shape">
          {formatDistance(distance)}
        </b>
        <span>{sourceWords[source] ?? source}</span>
        {lagSeconds !== undefined && Math.abs(lagSeconds) >= 1 && <b data-lag={lagSeconds}>{lagInWords(lagSeconds)}</b>}
        {sign === -1 && <b>the other way</b>}
        <time className="number" title={`${formatMoment(from)} to ${formatMoment(until)}`}>
          {formatShortSpan(from, until, now)}
        </time>
      </p>
    </li>
  );
}
