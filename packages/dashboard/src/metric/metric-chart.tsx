import type { Window } from '@skylark/core';
import { type ReactNode, useMemo } from 'react';
import { SeriesChart } from '../charts/series-chart.js';
import type { ListedAnomaly, SeriesAnswer } from '../data/api-types.js';
import { formatCount, formatSpan, plural } from '../design/format.js';
import { useBand } from './use-band.js';

export interface MetricChartProps {
  readonly series: SeriesAnswer | undefined;
  readonly window: Window;
  readonly anomalies: readonly ListedAnomaly[];
  readonly chosen: ListedAnomaly | null;
  readonly fromZero: boolean;
  readonly onZoom: (window: Window) => void;
  readonly onReset: () => void;
}

/** The large chart with what it shows in words under it. */
export function MetricChart({ series, window, anomalies, chosen, ...rest }: MetricChartProps): ReactNode {
  const metric = series?.metric ?? '';
  const band = useBand(metric, window, 720);
  const spans = useMemo(() => anomalies.map(({ start, end, severity }) => ({ from: start, until: end ?? window.until, severity })), [anomalies, window.until]);
  const shown = series ? `${formatCount(series.returned)} of ${plural(series.points, 'point')}` : '';
  const visible = spans.filter(({ from, until }) => until >= window.from && from < window.until).length;
  return (
    <section aria-label="Chart">
      <SeriesChart series={series} window={window} expected={chosen?.expected ?? null} band={band} spans={spans} height={340} summary={`${shown}, ${plural(visible, 'anomaly', 'anomalies')} in this window`} {...rest} />
      <p className="metric-caption small dim">
        <span className="number">{formatSpan(window.from, window.until, window.until)}</span>
        {series && <span>{shown}</span>}
        {series && series.returned < series.points && <span>band: minimum to maximum</span>}
        {(band ?? chosen?.expected) && <span>grey: expected range</span>}
        {series && series.points === 0 && <span>No data in this window.</span>}
        <span className="metric-hint">Drag to zoom, double-click to reset</span>
      </p>
    </section>
  );
}
