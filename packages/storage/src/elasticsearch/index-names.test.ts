import { describe, expect, it } from 'vitest';
import { endOfMonth, indexNames, monthOf } from './index-names.js';

describe('names of indices', () => {
  const names = indexNames('skylark');

  it('are read back as they were made, and those of others are not ours', () => {
    expect(names.parse(names.index('anomalies', '2023.11', '1'))).toEqual({ generation: 'anomalies', month: '2023.11', stamp: '1' });
    expect(names.parse(names.index('live', null, 'rs44we8mko'))).toEqual({ generation: 'live', month: null, stamp: 'rs44we8mko' });
    const others = ['skylark-test-anomalies-2023.11-1', 'skylark-dead-letters-1', 'skylark-anomalies', 'skylark', 'other-live-1', 'skylark-live-2023.11-1', 'skylark-anomalies-1'];
    expect(others.filter((name) => names.parse(name) !== null)).toEqual([]);
  });

  it('are refused where Elasticsearch would refuse them, or two would be one', () => {
    for (const prefix of ['', 'A', '-a', 'a b', 'a*', 'a/b', 'x'.repeat(101)]) expect(() => indexNames(prefix)).toThrow('elasticsearch prefix');
    for (const generation of ['', 'Live', 'a-b', 'dead', '../x']) expect(() => names.reader(generation)).toThrow('generation');
  });

  it('a month begins and ends by UTC', () => {
    expect(monthOf(1_700_000_000)).toBe('2023.11');
    expect(monthOf(endOfMonth('2023.12') - 0.001)).toBe('2023.12');
    expect(monthOf(endOfMonth('2023.12'))).toBe('2024.01');
    expect([monthOf(-5), monthOf(1e300)]).toEqual(['1970.01', '9999.12']);
  });
});
