import type { Window } from '@skylark/core';
import { memo, type MouseEvent, type ReactNode, useEffect, useMemo, useRef } from 'react';
import { Sparkline } from '../charts/sparkline.js';
import type { ListedAnomaly } from '../data/api-types.js';
import { useSeries } from '../data/queries.js';
import { formatAge, formatMoment, formatRange, formatValue } from '../design/format.js';
import { MetricName } from '../design/metric-name.js';
import { SeverityMark, severityWord } from '../design/severity-mark.js';
import { VoteDots } from './vote-dots.js';
import { lifeOf, shortReason, valueAgainstExpected } from './wording.js';

export interface AnomalyRowProps {
  readonly anomaly: ListedAnomaly;
  readonly window: Window;
  readonly prefix: string;
  readonly selected: boolean;
  /** The keyboard walked here: the focus follows. */
  readonly takesFocus: boolean;
  readonly onSelect: (id: string) => void;
  readonly onSimilar: (id: string) => void;
}

const sparklinePoints = 160;

/** What is wrong with one metric, on one line. The whole row selects; one button finds its look-alikes. */
export const AnomalyRow = memo(function AnomalyRow({ anomaly, window, prefix, selected, takesFocus, onSelect, onSimilar }: AnomalyRowProps): ReactNode {
  const { id, metric, severity, score, start, end, acknowledged, explanation } = anomaly;
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (takesFocus) link.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  const { data } = useSeries(metric, window, sparklinePoints);
  const span = useMemo(() => ({ from: start, until: end ?? window.until, severity }), [start, end, window.until, severity]);
  const select = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onSelect(id);
  };
  return (
    <div className="row" data-severity={severity} data-selected={selected} data-quiet={acknowledged || end !== null}>
      <span className="row-severity">
        <SeverityMark severity={severity} />
        <b className="number">{Math.round(score)}</b>
        <span className="severity-word small">{severityWord(severity)}</span>
      </span>
      <span className="row-name">
        <a ref={link} href={`/?anomaly=${encodeURIComponent(id)}`} onClick={select} aria-label={metric} aria-current={selected} data-walks="">
          <MetricName name={metric} prefix={prefix} />
        </a>
        <span className="row-why small dim" title={explanation}>
          {shortReason(anomaly)}
        </span>
      </span>
      <span className="row-spark">
        <Sparkline series={data} window={window} span={span} label={`${valueAgainstExpected(anomaly)}; ${lifeOf(anomaly, window.until)}`} />
      </span>
      <RowFigures anomaly={anomaly} />
      <span className="row-since">
        <VoteDots anomaly={anomaly} />
        <time className="number small dim" dateTime={new Date(start * 1000).toISOString()} title={formatMoment(start)}>
          {formatAge(window.until - start)}
        </time>
      </span>
      <button type="button" className="row-similar" aria-label="Find look-alikes" title="Find look-alikes (s)" onClick={() => onSimilar(id)}>
        <SimilarIcon />
      </button>
    </div>
  );
});

function RowFigures({ anomaly: { kind, value, expected } }: { anomaly: ListedAnomaly }): ReactNode {
  return (
    <span className="row-figures number">
      {kind === 'stopped' ? <b>stopped</b> : <b>{formatValue(value)}</b>}
      <span className="small faint">{kind === 'stopped' ? `last ${formatValue(value)}` : expected ? formatRange(expected) : ''}</span>
    </span>
  );
}

/** Two like curves. */
export function SimilarIcon(): ReactNode {
  return (
    <svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <path d="M2 9c2.5 0 3-6 5.5-6s2.5 6 5 6 2-3 5-3" />
      <path d="M2 16c2.5 0 3-6 5.5-6s2.5 6 5 6 2-3 5-3" opacity=".6" />
    </svg>
  );
}
