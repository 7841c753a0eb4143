import type { Range, Window } from '@skylark/core';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import type { ExpectedAnswer, SeriesAnswer } from '../data/api-types.js';
import { formatMoment, formatValue } from '../design/format.js';
import { useWidth } from './canvas.js';
import { chartOptions } from './chart-options.js';
import { useColours } from './colours.js';
import { withGaps } from './gaps.js';
import { extentOf, padded, stretched } from './scale.js';
import type { ShadedSpan } from './sparkline.js';
import 'uplot/dist/uPlot.min.css';
import './series-chart.css';

export interface SeriesChartProps {
  readonly series: SeriesAnswer | undefined;
  readonly window: Window;
  readonly expected: Range | null;
  readonly band?: ExpectedAnswer | undefined;
  readonly spans: readonly ShadedSpan[];
  readonly height: number;
  readonly fromZero?: boolean;
  /** What the chart shows, in words, for who cannot see it. */
  readonly summary: string;
  /** A span was dragged over. */
  readonly onZoom?: (window: Window) => void;
  /** A double click: back to where it was. */
  readonly onReset?: () => void;
}

/** One metric over time: line, min/max band where points were thinned, expected range, anomalies' spans, gaps as gaps. Drag to zoom. */
export function SeriesChart(props: SeriesChartProps): ReactNode {
  const { series, window: shown, expected, band, spans, height, fromZero = false, summary } = props;
  const [holder, width] = useWidth<HTMLDivElement>();
  const readout = useRef<HTMLParagraphElement>(null);
  const chart = useRef<uPlot | null>(null);
  const colours = useColours();
  const latest = useRef(props);
  const data = useMemo(() => alignedData(series), [series]);
  const yRange = useMemo(() => verticalRange(series, expected, fromZero), [series, expected, fromZero]);
  const shownState = useRef({ data, yRange, shown, spans, expected, band });
  const { Plot, failed } = useUplot();
  const drawn = width > 0;

  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    if (!drawn || !holder.current || !Plot) return;
    const options = chartOptions({
      colours,
      width: holder.current.clientWidth,
      height,
      overlay: () => shownState.current,
      onZoom: (window) => latest.current.onZoom?.(window),
      onReset: () => latest.current.onReset?.(),
      onPoint: (index) => showPoint(readout.current, shownState.current.data, index),
    });
    const made = new Plot(options, shownState.current.data, holder.current);
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, [Plot, drawn, colours, height, holder]);
  useEffect(() => chart.current?.setSize({ width, height }), [width, height]);
  useEffect(() => {
    shownState.current = { data, yRange, shown: { from: shown.from, until: shown.until }, spans, expected, band };
    chart.current?.setData(data);
  }, [data, yRange, shown.from, shown.until, spans, expected, band]);

  return (
    <figure className="series-chart" style={{ minHeight: height }}>
      {failed && <p className="dim">The chart could not be loaded; load the page anew.</p>}
      <div ref={holder} role="img" aria-label={summary} style={{ height }} />
      <p ref={readout} className="series-chart-readout number small" aria-hidden="true" />
    </figure>
  );
}

/** The chart library, loaded when the first chart is there: the list does not wait for it. */
function useUplot(): { Plot: typeof uPlot | null; failed: boolean } {
  const [loaded, setLoaded] = useState<{ Plot: typeof uPlot | null; failed: boolean }>({ Plot: null, failed: false });
  useEffect(() => {
    let wanted = true;
    import('uplot').then(({ default: Plot }) => wanted && setLoaded({ Plot, failed: false }), () => wanted && setLoaded({ Plot: null, failed: true }));
    return () => {
      wanted = false;
    };
  }, []);
  return loaded;
}

function alignedData(series: SeriesAnswer | undefined): uPlot.AlignedData {
  if (!series) return [[], [], [], []];
  const { timestamps, columns } = withGaps(series.timestamps, [series.values, series.min ?? [], series.max ?? []]);
  return [timestamps, columns[0] ?? [], columns[1] ?? [], columns[2] ?? []];
}

function verticalRange(series: SeriesAnswer | undefined, expected: Range | null, fromZero: boolean): [number, number] {
  const extent = series && extentOf(series.values, series.min, series.max);
  if (!extent) return [0, 1];
  const [low, high] = padded(stretched(extent, expected));
  return fromZero ? [Math.min(0, low), Math.max(0, high)] : [low, high];
}

function showPoint(element: HTMLElement | null, data: uPlot.AlignedData, index: number | null): void {
  if (!element) return;
  const time = index === null ? undefined : data[0][index];
  const value = index === null ? undefined : data[1]?.[index];
  if (index === null || time === undefined || value === undefined || value === null) {
    element.textContent = '';
    return;
  }
  const low = data[2]?.[index];
  const high = data[3]?.[index];
  const band = low !== undefined && low !== null && high !== undefined && high !== null && high > low ? ` (${formatValue(low)} to ${formatValue(high)})` : '';
  element.textContent = `${formatMoment(time)}  ${formatValue(value)}${band}`;
}
