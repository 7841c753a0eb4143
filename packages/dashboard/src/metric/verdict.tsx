import type { ReactNode } from 'react';
import { VotesPanel } from '../anomalies/votes-panel.js';
import { lifeOf } from '../anomalies/wording.js';
import type { ListedAnomaly } from '../data/api-types.js';
import { SeverityMark, severityWord } from '../design/severity-mark.js';

/** What was found of a metric, and the votes behind it. */
export function Verdict({ anomaly, now }: { anomaly: ListedAnomaly; now: number }): ReactNode {
  return (
    <div data-severity={anomaly.severity}>
      <p className="metric-verdict">
        <SeverityMark severity={anomaly.severity} size={14} /> <b className="severity-word">{severityWord(anomaly.severity)}</b> <b className="number">{Math.round(anomaly.score)}</b>{' '}
        <span className="dim">
          {lifeOf(anomaly, now)}. {anomaly.explanation}
        </span>
      </p>
      <VotesPanel anomaly={anomaly} />
    </div>
  );
}

/** That there is nothing to say of it. */
export function NoVerdict({ loading }: { loading: boolean }): ReactNode {
  return (
    <section className="panel" aria-label="Votes">
      <h2>Votes</h2>
      <p className="dim">{loading ? 'Reading…' : 'Nothing to vote on: no anomaly of this metric is recorded.'}</p>
    </section>
  );
}
