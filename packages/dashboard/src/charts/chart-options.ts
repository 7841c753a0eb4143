import type { Range, Window } from '@skylark/core';
import type uPlot from 'uplot';
import type { ExpectedAnswer } from '../data/api-types.js';
import { formatValue } from '../design/format.js';
import { type Colours, faded } from './colours.js';
import type { ShadedSpan } from './sparkline.js';

/** What lies under and around the line at the time of drawing. */
export interface ChartOverlay {
  readonly shown: Window;
  readonly yRange: readonly [number, number];
  readonly spans: readonly ShadedSpan[];
  readonly expected: Range | null;
  /** What was expected at each time, where that is known: instead of the one range. */
  readonly band: ExpectedAnswer | undefined;
}

export interface ChartOptions {
  readonly colours: Colours;
  readonly width: number;
  readonly height: number;
  readonly overlay: () => ChartOverlay;
  readonly onZoom: (window: Window) => void;
  readonly onReset: () => void;
  /** The point under the crosshair, by index. */
  readonly onPoint: (index: number | null) => void;
}

const minute = 60;
const hour = 3600;
const day = 86_400;
/** Steps between ticks in seconds, and how uPlot writes them: 24 hours, the date where a day begins. */
const timeSteps = [1, 2, 5, 10, 15, 30, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 30 * day];
const timeWords: (string | number | null)[][] = [
  [day, '{D} {MMM}', null, null, null, null, null, null, 1],
  [minute, '{HH}:{mm}', '\n{D} {MMM}', null, null, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{D} {MMM}', null, null, null, null, null, 1],
];

/** uPlot's options for a metric's chart: columns time, mean, min, max. */
export function chartOptions({ colours, width, height, overlay, onZoom, onReset, onPoint }: ChartOptions): uPlot.Options {
  const axis: uPlot.Axis = { stroke: colours.dim, font: '12px Inter Variable, system-ui', grid: { stroke: faded(colours.text, 6), width: 1 }, ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: true, range: () => [overlay().shown.from, overlay().shown.until] },
      y: { range: () => [...overlay().yRange] },
    },
    axes: [
      { ...axis, incrs: timeSteps, values: timeWords, space: (_chart, _axis, _min, _max, size) => Math.max(72, size / 6), size: 36 },
      { ...axis, values: (_chart, ticks) => ticks.map(formatValue), space: (_chart, _axis, _min, _max, size) => Math.max(24, size / 6), size: axisWidth },
    ],
    series: [
      {},
      { stroke: colours.trace, width: 1.5, spanGaps: false, points: { show: false } },
      { stroke: 'transparent', width: 0, spanGaps: false, points: { show: false } },
      { stroke: 'transparent', width: 0, spanGaps: false, points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: faded(colours.trace, 26) }],
    cursor: { drag: { x: true, y: false, setScale: false, dist: 6 }, points: { size: 6, width: 0, fill: (_chart, series) => (series === 1 ? colours.accent : 'transparent') }, y: false, bind: { dblclick: () => () => (onReset(), null) } },
    hooks: {
      drawClear: [(chart) => drawGround(chart, overlay(), colours)],
      setSelect: [(chart) => zoomToSelection(chart, onZoom)],
      setCursor: [(chart) => onPoint(chart.cursor.idx ?? null)],
    },
  };
}

function axisWidth(_chart: uPlot, labels: readonly string[] | null): number {
  const longest = Math.max(0, ...(labels ?? []).map(({ length }) => length));
  return Math.max(40, 14 + longest * 7.4);
}

function zoomToSelection(chart: uPlot, onZoom: (window: Window) => void): void {
  const { left, width } = chart.select;
  if (width < 6) return;
  onZoom({ from: Math.floor(chart.posToVal(left, 'x')), until: Math.ceil(chart.posToVal(left + width, 'x')) });
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

/** From stretch to stretch in which something was expected. */
function fillBand(chart: uPlot, { timestamps, low, high }: ExpectedAnswer, fill: string): void {
  const { ctx: context } = chart;
  const at = (i: number, values: readonly (number | null)[]): [number, number] => [chart.valToPos(timestamps[i]!, 'x', true), chart.valToPos(values[i]!, 'y', true)];
  context.fillStyle = fill;
  for (let from = 0; from < timestamps.length; ) {
    let until = from;
    while (until < timestamps.length && low[until] !== null && high[until] !== null) until += 1;
    if (until > from) {
      context.beginPath();
      for (let i = from; i < until; i += 1) context.lineTo(...at(i, high));
      for (let i = until - 1; i >= from; i -= 1) context.lineTo(...at(i, low));
      context.fill();
    }
    from = until + 1;
  }
}

/** The expected range as a quiet band, each anomaly's span with a solid edge at its start. Canvas pixels. */
function drawGround(chart: uPlot, { spans, expected, band, shown }: ChartOverlay, colours: Colours): void {
  const { ctx: context, bbox } = chart;
  context.save();
  context.beginPath();
  context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  context.clip();
  if (band) fillBand(chart, band, faded(colours.text, 10));
  else if (expected) {
    const top = chart.valToPos(expected.high, 'y', true);
    context.fillStyle = faded(colours.text, 10);
    context.fillRect(bbox.left, top, bbox.width, Math.max(1, chart.valToPos(expected.low, 'y', true) - top));
  }
  for (const { from, until, severity } of spans) {
    if (until < shown.from || from > shown.until) continue;
    const left = chart.valToPos(from, 'x', true);
    context.fillStyle = faded(colours.severity[severity], 14);
    context.fillRect(left, bbox.top, Math.max(2, chart.valToPos(until, 'x', true) - left), bbox.height);
    context.fillStyle = colours.severity[severity];
    context.fillRect(left, bbox.top, Math.max(1, window.devicePixelRatio), bbox.height);
  }
  context.restore();
}
