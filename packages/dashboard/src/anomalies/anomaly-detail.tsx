import type { Feedback, Window } from '@skylark/core';
import { type ReactNode, useMemo, useState } from 'react';
import { Link } from '../app/location.js';
import { MetricLink } from '../app/metric-link.js';
import { metricPath, similarPath } from '../app/routes.js';
import { SeriesChart } from '../charts/series-chart.js';
import type { ListedAnomaly, SeenBefore } from '../data/api-types.js';
import { useRemark, useSeries } from '../data/queries.js';
import { formatAge, formatDistance, formatMoment, formatTime, plural } from '../design/format.js';
import { CopyButton } from '../design/notice.js';
import { SeverityMark, severityWord } from '../design/severity-mark.js';
import { SaveButton } from '../collections/save-button.js';
import { useAsk } from '../data/use-ask.js';
import { WouldSilence } from '../settings/would-silence.js';
import { LookAlikes } from '../look-alikes/look-alikes.js';
import { useBand } from '../metric/use-band.js';
import { SimilarIcon } from './anomaly-row.js';
import { VotesPanel } from './votes-panel.js';
import { countVotes, lifeOf, valueAgainstExpected, votesInWords } from './wording.js';
import './anomaly-detail.css';

export interface AnomalyDetailProps {
  readonly anomaly: ListedAnomaly;
  readonly window: Window;
  readonly similar: boolean;
  readonly onSimilar: (open: boolean) => void;
  /** On a phone the detail lies over the list. */
  readonly onBack?: () => void;
}

/** One anomaly: what, since when, how bad, why, and what else looks like it. */
export function AnomalyDetail({ anomaly, window, similar, onSimilar, onBack }: AnomalyDetailProps): ReactNode {
  const { id, metric, severity, score, start, end, peak, explanation } = anomaly;
  return (
    <article className="detail" aria-label="Selected anomaly" data-severity={severity}>
      {onBack && (
        <button type="button" className="button button-quiet detail-back" onClick={onBack}>
          ← All anomalies
        </button>
      )}
      <header className="detail-head">
        <p className="detail-severity">
          <SeverityMark severity={severity} size={14} />
          <b className="severity-word">{severityWord(severity)}</b>
          <b className="number">{Math.round(score)}</b>
          <span className="dim" title={formatMoment(start)}>
            {lifeOf(anomaly, window.until)}
          </span>
        </p>
        <h1 className="detail-name">
          <bdi className="mono">{metric}</bdi>
          <CopyButton text={metric} label="Copy the name" />
        </h1>
        <p className="detail-lead">
          <b>{valueAgainstExpected(anomaly)}.</b> {countVotes(anomaly).total > 0 && <span className="dim">{sentence(votesInWords(anomaly))}</span>}
        </p>
        <p className="dim">{explanation}</p>
        <p className="small faint number" title={`${formatMoment(start)}; peak ${formatMoment(peak)}`}>
          since {formatTime(start, window.until)} · peak {formatTime(peak, window.until)}
          {end !== null && ` · until ${formatTime(end, window.until)}`}
        </p>
      </header>
      <DetailChart anomaly={anomaly} window={window} />
      <Actions anomaly={anomaly} similar={similar} onSimilar={onSimilar} />
      {similar && <LookAlikes subject={{ anomaly: id }} onClose={() => onSimilar(false)} />}
      <SeenBeforeList id={id} now={window.until} />
      <VotesPanel anomaly={anomaly} />
    </article>
  );
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

function DetailChart({ anomaly, window }: { anomaly: ListedAnomaly; window: Window }): ReactNode {
  const { metric, start, end, severity, expected } = anomaly;
  const { data } = useSeries(metric, window, 600);
  const band = useBand(metric, window, 300);
  const spans = useMemo(() => [{ from: start, until: end ?? window.until, severity }], [start, end, window.until, severity]);
  return <SeriesChart series={data} window={window} expected={expected} band={band} spans={spans} height={200} summary={`${metric}: ${valueAgainstExpected(anomaly)}, ${lifeOf(anomaly, window.until)}`} />;
}

function Actions({ anomaly, similar, onSimilar }: Pick<AnomalyDetailProps, 'anomaly' | 'similar' | 'onSimilar'>): ReactNode {
  const remark = useRemark();
  const { acknowledged, metric, id } = anomaly;
  const [normal, setNormal] = useState<'anomaly' | 'shape' | null>(null);
  return (
    <div className="detail-actions">
      <button type="button" className="button button-first" aria-expanded={similar} onClick={() => onSimilar(true)}>
        <SimilarIcon /> Find look-alikes <kbd aria-hidden="true">s</kbd>
      </button>
      <button type="button" className="button" aria-pressed={acknowledged} onClick={() => remark.mutate({ anomaly, change: { acknowledged: !acknowledged } })}>
        {acknowledged ? 'Acknowledged' : 'Acknowledge'} <kbd aria-hidden="true">a</kbd>
      </button>
      <Link to={metricPath(metric, { anomaly: id })} className="button">
        Open metric <kbd aria-hidden="true">Enter</kbd>
      </Link>
      <SaveButton title={`${metric}: ${severityWord(anomaly.severity)} anomaly`} metrics={[metric]} from={Math.floor(anomaly.start - 3600)} until={Math.ceil((anomaly.end ?? anomaly.updated) + 60)} />
      <button type="button" className="button" aria-expanded={normal !== null} onClick={() => setNormal(normal === null ? 'shape' : null)}>
        This is normal
      </button>
      <FeedbackButtons anomaly={anomaly} onSay={(feedback) => remark.mutate({ anomaly, change: { feedback } })} />
      {anomaly.silencedBy !== undefined && <span className="small dim">Nobody is called for it: somebody said it is normal, or it is planned.</span>}
      {normal !== null && (
        <div className="stack detail-normal">
          <div role="group" aria-label="What is normal" className="line">
            <button type="button" className="button button-quiet" aria-pressed={normal === 'shape'} onClick={() => setNormal('shape')}>
              This shape, on this metric
            </button>
            <button type="button" className="button button-quiet" aria-pressed={normal === 'anomaly'} onClick={() => setNormal('anomaly')}>
              This one anomaly
            </button>
          </div>
          <WouldSilence key={normal} silence={{ kind: normal, anomaly: id, match: metric }} onDone={() => setNormal(null)} />
        </div>
      )}
      {remark.error && (
        <p role="alert" className="small severity-word" data-severity="critical">
          Not kept: {remark.error.message}
        </p>
      )}
    </div>
  );
}

const feedbackWords: readonly { readonly value: Feedback; readonly label: string }[] = [
  { value: 'real', label: 'Real' },
  { value: 'false-alarm', label: 'False alarm' },
  { value: 'expected', label: 'Expected' },
];

function FeedbackButtons({ anomaly: { feedback }, onSay }: { anomaly: ListedAnomaly; onSay: (feedback: Feedback | null) => void }): ReactNode {
  return (
    <div role="group" aria-label="What it was" className="detail-feedback">
      {feedbackWords.map(({ value, label }) => (
        <button key={value} type="button" className="button button-quiet" aria-pressed={feedback === value} onClick={() => onSay(feedback === value ? null : value)}>
          {label}
        </button>
      ))}
    </div>
  );
}

function SeenBeforeList({ id, now }: { id: string; now: number }): ReactNode {
  const { data } = useAsk(['seen-before', id], (api, signal) => api.anomaly(id, signal));
  const seen: readonly SeenBefore[] = data?.id === id ? (data.seenBefore ?? []) : [];
  if (seen.length === 0) return null;
  return (
    <section className="panel" aria-label="Seen before">
      <div className="panel-head">
        <h2>Seen before</h2>
        <span className="dim">{plural(seen.length, 'like anomaly', 'like anomalies')}</span>
      </div>
      <ul className="seen">
        {seen.map(({ id, metric, start, distance, feedback, note }) => (
          <li key={id} data-anomaly={id} data-metric={metric}>
            <MetricLink to={similarPath({ anomaly: id })} name={metric} />
            <span className="small dim">
              {formatAge(now - start)} ago, distance {formatDistance(distance)}
              {feedback !== null && `, ${feedback.replace('-', ' ')}`}
              {note !== null && `: ${note}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
