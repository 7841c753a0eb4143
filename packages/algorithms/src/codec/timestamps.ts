import type { ByteSink, ByteSource } from './bytes.js';
import { badBlock, readVarint, varintLength, writeVarint } from './bytes.js';
import { integersBound, largestInteger, readIntegers, writeIntegers } from './integers.js';
import { readXor, writeXor, xorBound } from './xor.js';

/** How the instants between the first and the last are written. */
export const timeLayout = { regular: 0, runs: 1, packed: 2, xor: 3 } as const;
export type TimeLayout = (typeof timeLayout)[keyof typeof timeLayout];

/** Ticks a second of whole-number instants: seconds, milliseconds, microseconds. */
const tickRates = [1, 1e3, 1e6] as const;

/** Instants as whole ticks since the first one; null where they are none (then they are kept as doubles). */
export function toTicks(timestamps: Float64Array): { scale: number; first: number; ticks: Float64Array } | null {
  for (let scale = 0; scale < tickRates.length; scale += 1) {
    const ticks = wholeTicks(timestamps, tickRates[scale]!);
    if (ticks !== null) return { scale, ...ticks };
  }
  return null;
}

function wholeTicks(timestamps: Float64Array, rate: number): { first: number; ticks: Float64Array } | null {
  const first = Math.round(timestamps[0]! * rate);
  const ticks = new Float64Array(timestamps.length);
  for (let i = 0; i < timestamps.length; i += 1) {
    const tick = Math.round(timestamps[i]! * rate);
    if (tick / rate !== timestamps[i] || tick < 0 || Object.is(tick, -0) || tick > Number.MAX_SAFE_INTEGER) return null;
    ticks[i] = tick - first;
  }
  return ticks[ticks.length - 1]! <= largestInteger ? { first, ticks } : null;
}

/** Ticks back to seconds; the same division that `toTicks` found exact. */
export function tickRate(scale: number): number {
  const rate = tickRates[scale];
  if (rate === undefined) throw badBlock('its unit of time is unknown');
  return rate;
}

/** Writes ticks (ascending from 0) in the shortest layout: nothing at all for an even spacing. Answers which. */
export function writeTicks(sink: ByteSink, ticks: Float64Array): TimeLayout {
  const runs = runsOf(ticks);
  if (runs.length <= 2) return timeLayout.regular;
  const start = sink.at;
  writeIntegers(sink, ticks);
  if (runs.reduce((sum, number) => sum + varintLength(number), 0) >= sink.at - start) return timeLayout.packed;
  sink.bytes.fill(0, start, sink.at);
  sink.at = start;
  for (const number of runs) writeVarint(sink, number);
  return timeLayout.runs;
}

/** Spacing, how often, spacing, how often ... */
function runsOf(ticks: Float64Array): number[] {
  const runs: number[] = [];
  for (let i = 1; i < ticks.length; i += 1) {
    const delta = ticks[i]! - ticks[i - 1]!;
    if (runs.length > 0 && runs[runs.length - 2] === delta) runs[runs.length - 1]! += 1;
    else runs.push(delta, 1);
  }
  return runs;
}

/** The inverse of `writeTicks`; `span` is the last tick. Fills the whole column. */
export function readTicks(source: ByteSource, layout: TimeLayout, span: number, ticks: Float64Array): void {
  if (layout === timeLayout.packed) readIntegers(source, ticks);
  else if (layout === timeLayout.runs) readRuns(source, ticks);
  else {
    const step = ticks.length > 1 ? span / (ticks.length - 1) : 0;
    for (let i = 0; i < ticks.length; i += 1) ticks[i] = i * step;
  }
}

function readRuns(source: ByteSource, ticks: Float64Array): void {
  let tick = 0;
  let at = 1;
  // Columns that are used again hold what was there before.
  ticks[0] = 0;
  while (at < ticks.length) {
    const delta = readVarint(source);
    const until = at + readVarint(source);
    if (until > ticks.length || until === at) throw badBlock('a run of datapoints has an impossible length');
    for (; at < until; at += 1) {
      tick += delta;
      ticks[at] = tick;
    }
  }
}

/** Instants that are no whole ticks, bit for bit. */
export const writeInstants = writeXor;
export const readInstants = readXor;

export function timestampsBound(count: number): number {
  return 32 + Math.max(integersBound(count), xorBound(count));
}
