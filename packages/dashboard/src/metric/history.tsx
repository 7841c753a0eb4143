import type { ReactNode } from 'react';
import type { ListedAnomaly } from '../data/api-types.js';
import { formatAge, formatMoment, formatTime, plural } from '../design/format.js';
import { SeverityMark, severityWord } from '../design/severity-mark.js';

/** All anomalies of a metric, the latest first; one is chosen. */
export function History({ anomalies, chosen, now, onChoose }: { anomalies: readonly ListedAnomaly[]; chosen: string | null; now: number; onChoose: (id: string) => void }): ReactNode {
  const byStart = [...anomalies].sort((a, b) => b.start - a.start);
  return (
    <section className="panel" aria-label="History">
      <div className="panel-head">
        <h2>History</h2>
        <span className="dim">{plural(anomalies.length, 'anomaly', 'anomalies')}</span>
      </div>
      <ul className="history">
        {byStart.map((anomaly) => (
          <li key={anomaly.id} data-anomaly={anomaly.id} data-metric={anomaly.metric} data-severity={anomaly.severity}>
            <button type="button" aria-pressed={anomaly.id === chosen} onClick={() => onChoose(anomaly.id)}>
              <SeverityMark severity={anomaly.severity} />
              <span>{severityWord(anomaly.severity)}</span>
              <b className="number">{Math.round(anomaly.score)}</b>
              <time className="number dim" title={formatMoment(anomaly.start)}>
                {formatTime(anomaly.start, now)}
              </time>
              <span className="dim">{anomaly.end === null ? 'open' : formatAge(anomaly.end - anomaly.start)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
