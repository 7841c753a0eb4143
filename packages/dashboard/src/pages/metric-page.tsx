import type { Window } from '@skylark/core';
import { type ReactNode, useMemo, useState } from 'react';
import { VotesPanel } from '../anomalies/votes-panel.js';
import { lifeOf, valueAgainstExpected } from '../anomalies/wording.js';
import { SimilarIcon } from '../anomalies/anomaly-row.js';
import { goTo, Link, useParameters } from '../app/location.js';
import { metricPath } from '../app/routes.js';
import { useKeyboard } from '../app/use-keyboard.js';
import { useTitle } from '../app/use-title.js';
import { SeriesChart } from '../charts/series-chart.js';
import { ApiError } from '../data/api.js';
import type { ListedAnomaly, SeriesAnswer } from '../data/api-types.js';
import { useNow } from '../data/clock.js';
import { useAnomaly, useMetrics, usePastAnomalies, useSeries } from '../data/queries.js';
import { windowOf } from '../data/time-range.js';
import { formatAge, formatCount, formatMoment, formatSpan, formatTime, plural } from '../design/format.js';
import { MetricName } from '../design/metric-name.js';
import { CopyButton, ErrorNotice, Notice } from '../design/notice.js';
import { SeverityMark, severityWord } from '../design/severity-mark.js';
import { LookAlikes } from '../look-alikes/look-alikes.js';
import './metric-page.css';

/** One metric: its chart, the votes on it, the history of its anomalies, what looks like it. */
export function MetricPage({ metric }: { metric: string }): ReactNode {
  const { read, change } = useParameters();
  const now = useNow(30);
  const window = useShownWindow(now);
  const [fromZero, setFromZero] = useState(false);
  const similar = read('similar') === '1';
  const series = useSeries(metric, window, 1440);
  const history = usePastAnomalies({ query: `=${metric}`, limit: 100 });
  const anomalies = history.data?.anomalies ?? [];
  const chosen = useChosen(anomalies, read('anomaly'));
  useTitle(metric);
  const setSimilar = (open: boolean): void => change({ similar: open ? '1' : null }, { push: true });
  const reset = (): void => change({ from: null, until: null });
  useKeyboard({
    similar: () => setSimilar(!similar),
    back: () => (similar ? setSimilar(false) : read('from') !== null || read('until') !== null ? reset() : goTo(chosen ? `/?anomaly=${encodeURIComponent(chosen.id)}` : '/')),
  });
  if (series.error instanceof ApiError && series.error.status === 404) return <UnknownMetric metric={metric} meant={series.error.didYouMean} />;
  return (
    <main className="page metric-page" id="main" data-metric={metric}>
      <header className="metric-head">
        <h1>
          <bdi className="mono">{metric}</bdi> <CopyButton text={metric} label="Copy the name" />
        </h1>
        <div className="metric-actions">
          <button type="button" className="button button-first" aria-label="Find look-alikes" aria-expanded={similar} onClick={() => setSimilar(true)}>
            <SimilarIcon /> Find look-alikes <kbd aria-hidden="true">s</kbd>
          </button>
          <button type="button" className="button" aria-pressed={fromZero} onClick={() => setFromZero(!fromZero)}>
            From zero
          </button>
          {(read('from') !== null || read('until') !== null) && (
            <button type="button" className="button" onClick={reset}>
              Reset zoom
            </button>
          )}
        </div>
      </header>
      {series.error && !series.data ? (
        <ErrorNotice error={series.error} retry={() => void series.refetch()} what="The series" />
      ) : (
        <MetricChart series={series.data} window={window} anomalies={anomalies} chosen={chosen} fromZero={fromZero} onZoom={({ from, until }) => change({ from: String(from), until: String(until) }, { push: true })} onReset={reset} />
      )}
      {similar && <LookAlikes subject={{ metric, from: Math.floor(window.from), until: Math.ceil(window.until) }} onClose={() => setSimilar(false)} />}
      <div className="metric-columns">
        <div>{chosen ? <ChosenVotes anomaly={chosen} now={now} /> : <NoVotes loading={history.isPending} />}</div>
        <div>
          <History anomalies={anomalies} chosen={chosen?.id ?? null} now={now} onChoose={(id) => change({ anomaly: id })} />
          <Facts metric={metric} series={series.data} now={now} />
        </div>
      </div>
    </main>
  );
}

/** The window of the address; the numbers change only when the window does. */
function useShownWindow(now: number): Window {
  const { read } = useParameters();
  const { from, until } = windowOf({ from: read('from'), until: read('until') }, now);
  return useMemo(() => ({ from, until }), [from, until]);
}

/** The anomaly the address names, else an open one, else the latest. */
function useChosen(anomalies: readonly ListedAnomaly[], id: string | null): ListedAnomaly | null {
  const { data } = useAnomaly(id);
  return data ?? anomalies.find((anomaly) => anomaly.id === id) ?? anomalies.find(({ state }) => state === 'open') ?? [...anomalies].sort((a, b) => b.start - a.start)[0] ?? null;
}

interface MetricChartProps {
  readonly series: SeriesAnswer | undefined;
  readonly window: Window;
  readonly anomalies: readonly ListedAnomaly[];
  readonly chosen: ListedAnomaly | null;
  readonly fromZero: boolean;
  readonly onZoom: (window: Window) => void;
  readonly onReset: () => void;
}

function MetricChart({ series, window, anomalies, chosen, ...rest }: MetricChartProps): ReactNode {
  const spans = useMemo(() => anomalies.map(({ start, end, severity }) => ({ from: start, until: end ?? window.until, severity })), [anomalies, window.until]);
  const shown = series ? `${formatCount(series.returned)} of ${plural(series.points, 'point')}` : '';
  const visible = spans.filter(({ from, until }) => until >= window.from && from < window.until).length;
  return (
    <section aria-label="Chart">
      <SeriesChart series={series} window={window} expected={chosen?.expected ?? null} spans={spans} height={340} summary={`${shown}, ${plural(visible, 'anomaly', 'anomalies')} in this window`} {...rest} />
      <p className="metric-caption small dim">
        <span className="number">{formatSpan(window.from, window.until, window.until)}</span>
        {series && <span>{shown}</span>}
        {series && series.returned < series.points && <span>band: minimum to maximum</span>}
        {chosen?.expected && <span>grey: expected range</span>}
        {series && series.points === 0 && <span>No data in this window.</span>}
        <span className="metric-hint">Drag to zoom, double-click to reset</span>
      </p>
    </section>
  );
}

function ChosenVotes({ anomaly, now }: { anomaly: ListedAnomaly; now: number }): ReactNode {
  return (
    <div data-severity={anomaly.severity}>
      <p className="metric-verdict">
        <SeverityMark severity={anomaly.severity} size={14} /> <b className="severity-word">{severityWord(anomaly.severity)}</b> <b className="number">{Math.round(anomaly.score)}</b>{' '}
        <span className="dim">
          {valueAgainstExpected(anomaly)}; {lifeOf(anomaly, now)}. {anomaly.explanation}
        </span>
      </p>
      <VotesPanel anomaly={anomaly} />
    </div>
  );
}

function NoVotes({ loading }: { loading: boolean }): ReactNode {
  return (
    <section className="panel" aria-label="Votes">
      <h2>Votes</h2>
      <p className="dim">{loading ? 'Reading…' : 'Nothing to vote on: no anomaly of this metric is recorded.'}</p>
    </section>
  );
}

function History({ anomalies, chosen, now, onChoose }: { anomalies: readonly ListedAnomaly[]; chosen: string | null; now: number; onChoose: (id: string) => void }): ReactNode {
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

function Facts({ metric, series, now }: { metric: string; series: SeriesAnswer | undefined; now: number }): ReactNode {
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

function UnknownMetric({ metric, meant }: { metric: string; meant: readonly string[] }): ReactNode {
  return (
    <main className="page" id="main">
      <Notice title="No such metric" actions={<Link to={`/names?query=${encodeURIComponent(metric)}`} className="button">Search names</Link>}>
        <p>
          <bdi className="mono">{metric}</bdi>
        </p>
        {meant.length > 0 && (
          <>
            <p className="dim">Did you mean</p>
            <ul className="meant">
              {meant.map((name) => (
                <li key={name} data-metric={name}>
                  <Link to={metricPath(name)}>
                    <MetricName name={name} />
                  </Link>
                </li>
              ))}
            </ul>
          </>
        )}
      </Notice>
    </main>
  );
}
