import { readFileSync } from 'node:fs';
import { readShared } from '../../../test/golden.js';

export interface LineProtocolCase {
  readonly input: Uint8Array;
  /** `1ns`, `1µs`, `1ms`, `1s`. */
  readonly precision: string;
  readonly defaultTimestampNs: bigint;
  /** Numeric and other fields of all lines; null when the reference reports an error. */
  readonly points: readonly GoldenPoint[] | null;
}

export interface GoldenPoint {
  /** Nanoseconds. */
  readonly time: string;
  readonly name: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly fields: readonly { readonly key: string; readonly value: GoldenValue }[];
}

/** Integers as text: JSON.parse would round them. */
export interface GoldenValue {
  readonly int?: string;
  readonly uint?: string;
  readonly float?: number;
  readonly bool?: boolean;
  readonly string?: string | { readonly binary: string };
}

export interface PickleCase {
  readonly frame: Uint8Array;
  /** [metric, timestamp, value]; null when the whole frame must be refused. */
  readonly points: readonly (readonly [string, number, number])[] | null;
  readonly kind: string;
}

function goldenText(name: string, sample: string): string {
  return readShared(`golden/${name}`) ?? readFileSync(new URL(`../../../test/golden/${sample}`, import.meta.url), 'utf8');
}

/** Cases of influxdata/line-protocol; a sample of them on a clone without the golden folder. */
export function lineProtocolCases(): LineProtocolCase[] {
  const text = goldenText('line-protocol-sample.json', 'line-protocol.sample.json').replace(/"(int|uint|time)": ?(-?\d+)/g, '"$1":"$2"');
  const { cases } = JSON.parse(text) as { cases: { input: string | { binary: string }; precision: string; defaultTime: string; result: GoldenPoint[] | null; error: string | null }[] };
  return cases.map(({ input, precision, defaultTime, result, error }) => ({
    input: typeof input === 'string' ? Buffer.from(input) : Buffer.from(input.binary, 'base64'),
    precision,
    defaultTimestampNs: BigInt(defaultTime),
    points: error === null ? result ?? [] : null,
  }));
}

/** Frames written by CPython, well-meant and hostile. */
export function pickleCases(): PickleCase[] {
  type Points = [string, number, number][];
  const golden = JSON.parse(goldenText('pickle-frames.json', 'pickle-frames.sample.json')) as {
    valid: { protocol: number; frame: string; points: Points }[];
    hostile: { kind: string; frame: string; expected: Points | 'reject' }[];
  };
  return [
    ...golden.valid.map(({ protocol, frame, points }) => ({ frame: Buffer.from(frame, 'base64'), points, kind: `protocol ${protocol}` })),
    ...golden.hostile.map(({ kind, frame, expected }) => ({ frame: Buffer.from(frame, 'base64'), points: expected === 'reject' ? null : expected, kind })),
  ];
}
