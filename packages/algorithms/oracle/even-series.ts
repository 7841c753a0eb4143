import type { Series } from '@skylark/core';

/** A series for a test: values at even instants, the last at `end`. */
export function evenSeries(values: readonly number[], { resolution = 60, end = 1_700_000_000 }: { resolution?: number; end?: number } = {}): Series {
  return { metric: 'm', timestamps: Float64Array.from(values, (_, i) => end - resolution * (values.length - 1 - i)), values: Float64Array.from(values) };
}

/** The same value many times. */
export const repeat = (value: number, count: number): number[] => Array<number>(count).fill(value);

/** Ups and downs that look random and are the same for ever, between -1 and 1. */
export const ripple = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i * i * 12.9898));
