import type { ReactNode } from 'react';
import { Link } from '../app/location.js';
import { MetricLink } from '../app/metric-link.js';
import { metricPath } from '../app/routes.js';
import { Notice } from '../design/notice.js';

/** No such metric: the names that may have been meant. */
export function UnknownMetric({ metric, meant }: { metric: string; meant: readonly string[] }): ReactNode {
  return (
    <main className="page" id="main">
      <Notice heading="h1" title="No such metric" actions={<Link to={`/names?query=${encodeURIComponent(metric)}`} className="button">Search names</Link>}>
        <p>
          <bdi className="mono">{metric}</bdi>
        </p>
        {meant.length > 0 && (
          <>
            <p className="dim">Did you mean</p>
            <ul className="meant">
              {meant.map((name) => (
                <li key={name} data-metric={name}>
                  <MetricLink to={metricPath(name)} name={name} />
                </li>
              ))}
            </ul>
          </>
        )}
      </Notice>
    </main>
  );
}
