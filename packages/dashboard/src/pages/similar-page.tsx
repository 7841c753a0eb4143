import { type ReactNode, useMemo } from 'react';
import { Link, useParameters } from '../app/location.js';
import { MetricLink } from '../app/metric-link.js';
import { metricPath } from '../app/routes.js';
import { useTitle } from '../app/use-title.js';
import { useNow } from '../data/clock.js';
import { useAnomaly } from '../data/queries.js';
import { parseTime } from '../data/time-range.js';
import { Notice } from '../design/notice.js';
import { LookAlikes } from '../look-alikes/look-alikes.js';

/** Look-alikes of a metric's window, or of an anomaly; all of the query stands in the address. */
export function SimilarPage(): ReactNode {
  const { read } = useParameters();
  const metric = read('metric');
  const anomaly = read('anomaly');
  const from = read('from');
  const until = read('until');
  const now = useNow(60);
  useTitle('Look-alikes');
  const { data } = useAnomaly(anomaly);
  const name = metric ?? data?.metric;
  const subject = useMemo(() => {
    const times = { from: (from === null ? null : parseTime(from, now)) ?? undefined, until: (until === null ? null : parseTime(until, now)) ?? undefined };
    return anomaly === null ? { metric: metric ?? undefined, ...times } : { anomaly, ...times };
  }, [metric, anomaly, from, until, now]);
  return (
    <main className="page" id="main">
      <h1 className="page-title">
        {name === undefined ? 'Look-alikes' : <span>What looks like </span>}
        {name !== undefined && (
          <MetricLink to={metricPath(name, anomaly === null ? {} : { anomaly })} name={name} />
        )}
      </h1>
      {metric === null && anomaly === null ? (
        <Notice title="No query yet" actions={<Link to="/names" className="button">Choose a metric</Link>}>
          <p className="dim">Open an anomaly or a metric and press “Find look-alikes”.</p>
        </Notice>
      ) : (
        <LookAlikes key={`${metric} ${anomaly} ${from} ${until}`} subject={subject} />
      )}
    </main>
  );
}
