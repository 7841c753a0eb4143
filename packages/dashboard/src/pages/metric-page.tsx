import type { Window } from '@skylark/core';
import { type ReactNode, useMemo, useState } from 'react';
import { SimilarIcon } from '../anomalies/anomaly-row.js';
import { goTo, useParameters } from '../app/location.js';
import { useKeyboard } from '../app/use-keyboard.js';
import { useTitle } from '../app/use-title.js';
import { ApiError } from '../data/api.js';
import type { ListedAnomaly } from '../data/api-types.js';
import { useNow } from '../data/clock.js';
import { useAnomaly, usePastAnomalies, useSeries } from '../data/queries.js';
import { windowOf } from '../data/time-range.js';
import { CopyButton, ErrorNotice } from '../design/notice.js';
import { formatSpan } from '../design/format.js';
import { ChangesPanel } from '../changes/changes-panel.js';
import { SaveButton } from '../collections/save-button.js';
import { LookAlikes } from '../look-alikes/look-alikes.js';
import { Facts } from '../metric/facts.js';
import { History } from '../metric/history.js';
import { MetricChart } from '../metric/metric-chart.js';
import { UnknownMetric } from '../metric/unknown-metric.js';
import { NoVerdict, Verdict } from '../metric/verdict.js';
import './metric-page.css';

/** One metric: its chart, the votes on it, the history of its anomalies, what looks like it. */
export function MetricPage({ metric }: { metric: string }): ReactNode {
  const { read, change } = useParameters();
  const now = useNow(30);
  const window = useShownWindow(now);
  const [fromZero, setFromZero] = useState(false);
  const similar = read('similar') === '1';
  const changed = read('changed') === '1';
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
          <button type="button" className="button button-first" aria-expanded={similar} onClick={() => setSimilar(true)}>
            <SimilarIcon /> Find look-alikes <kbd aria-hidden="true">s</kbd>
          </button>
          <button type="button" className="button" aria-expanded={changed} onClick={() => change({ changed: changed ? null : '1' })}>
            What changed
          </button>
          <SaveButton title={`${metric}, ${formatSpan(window.from, window.until, now)}`} metrics={[metric]} from={Math.floor(window.from)} until={Math.ceil(window.until)} />
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
      {changed && <ChangesPanel from={Math.floor(window.from)} until={Math.ceil(window.until)} onClose={() => change({ changed: null })} />}
      <div className="metric-columns">
        <div>{chosen ? <Verdict anomaly={chosen} now={now} /> : <NoVerdict loading={history.isPending} />}</div>
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
