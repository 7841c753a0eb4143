import type { Severity, Window } from '@skylark/core';
import { type ReactNode, useMemo } from 'react';
import type { SeriesAnswer } from '../data/api-types.js';
import { type Draw, useCanvas } from './canvas.js';
import { type Colours, faded, useColours } from './colours.js';
import { runsOf } from './gaps.js';
import { extentOf, linear, padded } from './scale.js';

export interface ShadedSpan extends Window {
  readonly severity: Severity;
}

export interface SparklineProps {
  readonly series: SeriesAnswer | undefined;
  /** The time axis, whatever the series covers, so that rows can be compared. */
  readonly window: Window;
  readonly span?: ShadedSpan;
  readonly width?: number;
  readonly height?: number;
  /** What it shows, in words. */
  readonly label: string;
}

/** A small line with an anomaly's span shaded; gaps stay gaps. */
export function Sparkline({ series, window, span, width = 160, height = 28, label }: SparklineProps): ReactNode {
  const colours = useColours();
  const { from, until } = window;
  const draw = useMemo<Draw>(() => (context, w, h) => drawSparkline(context, { series, from, until, span, width: w, height: h, colours }), [series, from, until, span, colours]);
  const canvas = useCanvas(draw, width, height);
  return <canvas ref={canvas} className="sparkline" role="img" aria-label={label} style={{ width, height }} />;
}

interface Picture extends Window {
  readonly series: SeriesAnswer | undefined;
  readonly span: ShadedSpan | undefined;
  readonly width: number;
  readonly height: number;
  readonly colours: Colours;
}

function drawSparkline(context: CanvasRenderingContext2D, { series, from, until, span, width, height, colours }: Picture): void {
  const x = linear([from, until], 0, width);
  if (span) {
    const left = Math.max(0, x(span.from));
    context.fillStyle = faded(colours.severity[span.severity], 18);
    context.fillRect(left, 0, Math.max(2, x(span.until) - left), height);
    context.fillStyle = colours.severity[span.severity];
    if (span.from >= from) context.fillRect(Math.min(left, width - 1), 0, 1, height);
  }
  const extent = series && extentOf(series.values, series.min, series.max);
  if (!series || !extent) return;
  const y = linear(padded(extent, 0.02), height - 2, 2);
  for (const run of runsOf(series.timestamps)) {
    if (series.min && series.max) fillBand(context, { times: series.timestamps, low: series.min, high: series.max }, { run, x, y, colour: faded(colours.trace, 28) });
    strokeRun(context, series, { run, x, y, colour: colours.trace });
  }
}

interface Stroke {
  readonly run: readonly [number, number];
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
  readonly colour: string;
}

function fillBand(context: CanvasRenderingContext2D, { times, low, high }: { times: readonly number[]; low: readonly number[]; high: readonly number[] }, { run: [start, end], x, y, colour }: Stroke): void {
  context.beginPath();
  for (let i = start; i < end; i++) context.lineTo(x(times[i] as number), y(high[i] as number));
  for (let i = end - 1; i >= start; i--) context.lineTo(x(times[i] as number), y(low[i] as number));
  context.fillStyle = colour;
  context.fill();
}

function strokeRun(context: CanvasRenderingContext2D, { timestamps, values }: SeriesAnswer, { run: [start, end], x, y, colour }: Stroke): void {
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.25;
  context.lineJoin = 'round';
  context.beginPath();
  for (let i = start; i < end; i++) context.lineTo(x(timestamps[i] as number), y(values[i] as number));
  context.stroke();
  // A point alone has no line: it gets a dot.
  if (end - start === 1) context.fillRect(x(timestamps[start] as number) - 1, y(values[start] as number) - 1, 2, 2);
}
