import type { ReactNode } from 'react';
import type { SeriesAnswer } from '../data/api-types.js';
import { useMetrics } from '../data/queries.js';
import { formatAge, formatTime } from '../design/format.js';

/** First and last datapoint, and how often they come. */
export function Facts({ metric, series, now }: { metric: string; series: SeriesAnswer | undefined; now: number }): ReactNode {
  const { data } = useMetrics({ query: `=${metric}`, limit: 1 });
  const span = data?.metrics.find((found) => found.metric === metric);
  const ago = (seconds: number | null | undefined): string => (seconds === null || seconds === undefined ? 'not known' : `${formatTime(seconds, now)}, ${formatAge(now - seconds)} ago`);
  return (
    <section className="panel" aria-label="About this metric">
      <h2>About</h2>
      <dl className="facts">
        <dt>First seen</dt>
        <dd className="number">{ago(span?.firstTimestamp)}</dd>
        <dt>Last seen</dt>
        <dd className="number">{ago(span?.lastTimestamp)}</dd>
        <dt>Resolution</dt>
        <dd className="number">{series?.resolution ? `one point each ${formatAge(Math.round(series.resolution))}` : 'not known'}</dd>
      </dl>
    </section>
  );
}
