import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../packages/skylark/src/cli/program.js';
import { systemClock } from '../../packages/skylark/src/system-clock.js';
import { readShared } from '../golden.js';
import { runSkylark } from '../product.js';

/** The whole golden file where it is, else the sample that this clone carries. */
function golden(path: string, sample: string): string {
  return readShared(`golden/${path}`) ?? readFileSync(fileURLToPath(new URL(`../golden/${sample}`, import.meta.url)), 'utf8');
}

const jsonLines = <Line>(text: string): Line[] => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);

/** The same command line without a process of its own, for hundreds of small inputs. */
async function runHere(args: readonly string[], input: string | Uint8Array): Promise<string> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const written: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => written.push(chunk));
  stderr.resume();
  await runProgram({ clock: systemClock, environment: {}, stdin: Readable.from([Buffer.from(input)]), stdout, stderr, signal: new AbortController().signal, setExitCode: () => undefined }, args);
  return Buffer.concat(written).toString();
}

interface NineCase {
  readonly id: string;
  readonly expected: Record<'etsy' | 'fixed', { status: string; anomalous: boolean; votes: Record<string, boolean | null> }>;
  readonly margin: Record<string, number>;
}

describe('skylark judge', () => {
  const text = golden('nine-tests.jsonl.gz', 'nine-tests.sample.jsonl');
  const cases = jsonLines<NineCase>(text);
  const input = jsonLines<Record<string, unknown>>(text).map(({ id, timestamps, values, now, settings }) => JSON.stringify({ id, timestamps, values, now, ...(settings === undefined ? {} : { settings }) })).join('\n');
  const reasons: Record<string, string> = { Stale: 'stale', Boring: 'boring', TooShort: 'too-short' };

  it.each(['etsy', 'fixed'] as const)('votes as the original on every golden series, dialect %s', async (dialect) => {
    const { status, stdout, stderr } = await runSkylark(['judge', '-', '--ensemble', 'nine', '--dialect', dialect], { input });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const answers = jsonLines<{ id: string; status: string; reason?: string; votes: Record<string, boolean | null>; score: number }>(stdout);
    expect(answers.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
    let votes = 0;
    for (const [index, answer] of answers.entries()) {
      const expected = cases[index]?.expected[dialect];
      if (!expected) throw new Error('no case');
      if (expected.status !== 'ok') {
        expect(answer, answer.id).toMatchObject({ status: 'skipped', reason: reasons[expected.status], votes: {}, score: 0 });
        continue;
      }
      const differing = Object.entries(expected.votes).filter(([name, vote]) => answer.votes[name] !== vote && Math.abs(cases[index]?.margin[name] ?? 1) >= 1e-9);
      expect(differing, answer.id).toEqual([]);
      expect(answer.status, answer.id).toBe(expected.anomalous ? 'anomalous' : 'normal');
      votes += Object.keys(expected.votes).length;
    }
    expect(votes).toBeGreaterThan(100);
  });

  it('reads a CSV file and names a bad line while the others go on', async () => {
    const { status, stdout, stderr } = await runSkylark(['judge'], { input: '{"id":"a","timestamps":[1,2],"values":[1]}\nnot json\n{"id":"b","timestamps":[1],"values":[5]}\n' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/<stdin>:1: .*differ in length/);
    expect(stderr).toMatch(/<stdin>:2: /);
    expect(jsonLines<{ id: string }>(stdout).map(({ id }) => id)).toEqual(['b']);
  });
});

describe('skylark distance', () => {
  interface Pair {
    readonly a: number[];
    readonly b: number[];
    readonly dtw: number;
    readonly euclidean?: number | null;
    readonly fastdtw: Record<string, { distance: number; pathLength: number }>;
    readonly fingerprint: { values: number[]; words: string };
  }
  const pairs = jsonLines<Pair>(golden('similarity.jsonl', 'similarity.sample.jsonl'));

  it('measures every golden pair as the reference does', async () => {
    const radii = Object.keys(pairs[0]?.fastdtw ?? {});
    const { status, stdout, stderr } = await runSkylark(['distance', ...radii.flatMap((radius) => ['--radius', radius])], { input: pairs.map(({ a, b }) => JSON.stringify({ a, b })).join('\n') });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const answers = jsonLines<Pair>(stdout);
    expect(answers).toHaveLength(pairs.length);
    for (const [index, answer] of answers.entries()) {
      const pair = pairs[index];
      if (!pair) throw new Error('no pair');
      expect(answer.dtw).toBeCloseTo(pair.dtw, 6);
      for (const radius of radii) {
        expect(answer.fastdtw[radius]?.pathLength, `pair ${index}, radius ${radius}`).toBe(pair.fastdtw[radius]?.pathLength);
        expect(answer.fastdtw[radius]?.distance).toBeCloseTo(pair.fastdtw[radius]?.distance ?? NaN, 6);
      }
    }
  });

  it('finds the golden fingerprints', async () => {
    const { stdout } = await runSkylark(['distance'], { input: pairs.map(({ fingerprint }) => JSON.stringify({ a: fingerprint.values, b: [0, 1] })).join('\n') });
    expect(jsonLines<{ fingerprintOfA: string }>(stdout).map(({ fingerprintOfA }) => fingerprintOfA)).toEqual(pairs.map(({ fingerprint }) => fingerprint.words));
  });
});

describe('skylark decode', () => {
  type Decoded = { metric: string; timestamp: number; value: number } | { rejected: string; offset: number; bytes: number };

  it('reads every golden pickle frame, and takes of the hostile ones what the reference takes', async () => {
    interface Frames {
      readonly valid: readonly { frame: string; points: readonly [string, number, number][] }[];
      readonly hostile: readonly { kind: string; frame: string; expected: 'reject' | readonly [string, number, number][] }[];
    }
    const { valid, hostile } = JSON.parse(golden('pickle-frames.json', 'pickle-frames.sample.json')) as Frames;
    const withLength = (frame: string): Buffer => {
      const bytes = Buffer.from(frame, 'base64');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const good = await runSkylark(['decode', '--protocol', 'pickle'], { input: Buffer.concat(valid.map(({ frame }) => withLength(frame))) });
    expect(jsonLines<Decoded>(good.stdout)).toEqual(valid.flatMap(({ points }) => points.map(([metric, timestamp, value]) => ({ metric, timestamp, value }))));
    for (const { kind, frame, expected } of hostile) {
      const items = jsonLines<Decoded>(await runHere(['decode', '--protocol', 'pickle'], withLength(frame)));
      const points = items.flatMap((item) => ('rejected' in item ? [] : [[item.metric, item.timestamp, item.value]]));
      expect(points, kind).toEqual(expected === 'reject' ? [] : expected);
      if (expected === 'reject') expect(items, kind).toHaveLength(1);
    }
  }, 120_000);

  it('reads the golden line protocol as its reference does', async () => {
    interface LineCase {
      readonly input: string | { binary: string };
      readonly precision: string;
      readonly defaultTime: string;
      readonly result: readonly { time: string; name: string; tags: readonly { key: string; value: string }[]; fields: readonly { key: string; value: Record<string, unknown> }[] }[] | null;
      readonly error: string | null;
    }
    // JSON.parse loses integers beyond 2^53: keep them as text.
    const text = golden('line-protocol-sample.json', 'line-protocol.sample.json').replace(/("(?:time|int|uint)":\s*)(-?\d+)/g, '$1"$2"');
    const { cases } = JSON.parse(text) as { cases: LineCase[] };
    const units: Record<string, [string, bigint]> = { '1ns': ['n', 1n], '1µs': ['u', 1000n], '1ms': ['ms', 1_000_000n], '1s': ['s', 1_000_000_000n] };
    const part = (name: string): string => name.replaceAll(';', '_').replace(/^~+/, (run) => '_'.repeat(run.length));
    const number = ({ int, uint, float, bool }: Record<string, unknown>): number | null => (int !== undefined ? Number(int) : uint !== undefined ? Number(uint) : float !== undefined ? Number(float) : bool !== undefined ? Number(bool) : null);
    for (const { input, precision, defaultTime, result, error } of cases) {
      const [unit] = units[precision] ?? ['n', 1n];
      const bytes = typeof input === 'string' ? input : Buffer.from(input.binary, 'base64');
      const items = jsonLines<Decoded>(await runHere(['decode', '--protocol', 'influx', '--precision', unit, `--now=${defaultTime}`], bytes));
      const isError = items.some((item) => 'rejected' in item && item.rejected !== 'not-numeric');
      expect(isError, JSON.stringify(input)).toBe(error !== null);
      if (error !== null) continue;
      const expected = (result ?? []).flatMap(({ name, tags, time, fields }) => {
        const sorted = [...tags].sort((a, b) => (part(a.key) < part(b.key) ? -1 : 1)).map(({ key, value }) => `;${part(key)}=${part(value)}`).join('');
        const numeric = new Map<string, number>();
        for (const { key, value } of fields) {
          const read = number(value);
          if (read === null) numeric.delete(key);
          else numeric.set(key, read);
        }
        return [...numeric].map(([key, value]) => ({ metric: `${part(name)}.${part(key)}${sorted}`, seconds: Number(BigInt(time) / 1_000_000n) / 1000, value }));
      });
      const seen = items.flatMap((item) => ('rejected' in item ? [] : [{ metric: item.metric, seconds: item.timestamp, value: item.value }]));
      expect(seen.length, JSON.stringify(input)).toBe(expected.length);
      for (const { metric, seconds, value } of expected) {
        const match = seen.find((one) => one.metric === metric && one.value === value);
        expect(match, `${JSON.stringify(input)}: ${metric}`).toBeDefined();
        expect(Math.abs((match?.seconds ?? NaN) - seconds)).toBeLessThan(0.0015);
      }
    }
  }, 60_000);
});
