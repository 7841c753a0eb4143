import type { ReactNode } from 'react';
import { MetricLink } from '../app/metric-link.js';
import { metricPath } from '../app/routes.js';
import { useAsk } from '../data/use-ask.js';
import { sharedPrefix } from '../design/name-parts.js';
import { ErrorNotice } from '../design/notice.js';
import '../design/form.css';

const shown = 20;

/** What else moved in a window, most first. */
export function ChangesPanel({ from, until, onClose }: { from: number; until: number; onClose: () => void }): ReactNode {
  const { data, error, refetch, isFetching } = useAsk(['changes', from, until], (api, signal) => api.changes({ from, until, limit: shown }, signal));
  const changes = data?.changes ?? [];
  const prefix = sharedPrefix(changes.map(({ metric }) => metric));
  return (
    <section className="panel" aria-label="What changed" aria-busy={isFetching}>
      <div className="panel-head">
        <h2>What changed in this window</h2>
        <span className="dim">against the stretch before it, four times as long</span>
        <button type="button" className="button button-quiet" onClick={onClose}>
          Close
        </button>
      </div>
      {error ? (
        <ErrorNotice error={error} retry={() => void refetch()} what="The changes" />
      ) : (
        <ul className="entries">
          {changes.map(({ metric, statistic, anomalyRate }) => (
            <li key={metric} data-metric={metric}>
              <span className="grow">
                <MetricLink to={metricPath(metric, { from: String(Math.floor(from)), until: String(Math.ceil(until)) })} name={metric} prefix={prefix} />
              </span>
              <meter min={0} max={1} value={Math.max(0, statistic)} aria-label={`changed ${Math.round(100 * statistic)} of 100`} />
              <span className="number small" title="Kolmogorov-Smirnov statistic less what is usual for the metric">
                {statistic.toFixed(2)}
              </span>
              <span className="small dim" style={{ minWidth: 130 }}>{anomalyRate > 0 ? `anomalous ${Math.round(100 * anomalyRate)} % of it` : ''}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
