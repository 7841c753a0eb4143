import { firstAtOrAfter, type Columns } from './columns.js';

export const secondsPerHour = 3600;
export const hourOf = (timestamp: number): number => Math.floor(timestamp / secondsPerHour);

/** Columns in order, cut at the hours; views. */
export function* byHour({ timestamps, values }: Columns): Iterable<[hour: number, columns: Columns]> {
  for (let start = 0; start < timestamps.length; ) {
    const hour = hourOf(timestamps[start]!);
    const end = start + firstAtOrAfter(timestamps.subarray(start), (hour + 1) * secondsPerHour);
    yield [hour, { timestamps: timestamps.subarray(start, end), values: values.subarray(start, end) }];
    start = end;
  }
}
