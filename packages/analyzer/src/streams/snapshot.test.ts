import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectorForTests } from '../../contract/detector-for-tests.js';
import { addRow, emptyStates, removeRow, type ShardStates } from './shard-states.js';
import { decodeStates, encodeStates, partsOf, stateKey } from './snapshot.js';

const key = stateKey(detectorForTests, 'UTC');
const noRules = (): null => null;

function statesOf(metrics: readonly string[], rowLength = detectorForTests.stateLength): ShardStates {
  const states = emptyStates(rowLength);
  metrics.forEach((metric, i) => {
    const row = addRow(states, metric, null);
    states.slab.row(row.number).forEach((_, k, doubles) => (doubles[k] = Math.sin(i * 100 + k) * 10 ** (k - 4)));
    row.last = i % 5 === 0 ? -Infinity : 1_700_000_000.25 + i;
    row.behind = i % 3 === 0;
  });
  states.cursor = 'here';
  return states;
}

const told = ({ rows, slab, pending, cursor }: ShardStates) => ({ cursor, pending: [...pending], rows: Array.from(rows, ([metric, { number, last, behind }]) => ({ metric, last, behind, doubles: [...slab.row(number)] })) });

describe('a snapshot', () => {
  it('gives back every bit: states, cursor, what waits, names of any kind', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(fc.property(fc.uniqueArray(name, { maxLength: 30 }), (metrics) => {
      const states = statesOf(metrics);
      for (const metric of [...states.rows.keys()].slice(0, 3)) states.pending.set(metric, { timestamps: [1.5, 2], values: [0.1, -3e300] });
      const parts = encodeStates(states, key, 60);
      expect(partsOf(parts[0]!, key)).toBe(1);
      expect(told(decodeStates(parts, detectorForTests, key, noRules))).toEqual(told(states));
    }), { numRuns: 60 });
  });

  it('of many metrics is several parts, each good for its own; the oldest cursor counts', () => {
    const long = { ...detectorForTests, stateLength: 512 };
    const states = statesOf(Array.from({ length: 17_000 }, (_, i) => `metric.${i}`), 512);
    const parts = encodeStates(states, key, 120);
    expect(parts.length).toBe(3);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(48 * 2 ** 20);
    states.cursor = 'earlier';
    const [older] = encodeStates(states, key, 60);
    const mixed = decodeStates([older!, null, parts[2]!], long, key, noRules);
    expect(mixed.cursor).toBe('earlier');
    expect(mixed.rows.size).toBeLessThan(17_000);
    expect(mixed.rows.has('metric.0') && mixed.rows.has('metric.16999') && !mixed.rows.has('metric.10000')).toBe(true);
  });

  it('of other code or settings, cut short or with other bytes, is none, and never an error', () => {
    const [bytes] = encodeStates(statesOf(['a', 'b']), key, 60);
    expect(partsOf(bytes!, stateKey({ ...detectorForTests, stateVersion: 9 }, 'UTC'))).toBe(0);
    expect(partsOf(null, key)).toBe(0);
    for (let length = 0; length < bytes!.length; length += 1) {
      expect(decodeStates([bytes!.slice(0, length)], detectorForTests, key, noRules).rows.size, String(length)).toBe(0);
    }
    for (let at = 4; at < bytes!.length; at += 1) {
      const damaged = bytes!.slice();
      damaged[at]! ^= 0x55;
      expect(decodeStates([damaged], detectorForTests, key, noRules).rows.size, String(at)).toBe(0);
    }
  });

  it('may lie anywhere in memory', () => {
    const [bytes] = encodeStates(statesOf(['a']), key, 60);
    const moved = new Uint8Array(bytes!.length + 3).subarray(3);
    moved.set(bytes!);
    expect(told(decodeStates([moved], detectorForTests, key, noRules))).toEqual(told(statesOf(['a'])));
  });
});

describe('rows', () => {
  it('of a metric that went are blank for the next one', () => {
    const states = statesOf(['a', 'b']);
    const { number } = states.rows.get('a')!;
    removeRow(states, 'a');
    const row = addRow(states, 'c', null);
    expect(row.number).toBe(number);
    expect([...states.slab.row(number)]).toEqual(new Array(detectorForTests.stateLength).fill(0));
  });
});
