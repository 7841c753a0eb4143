import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordingSink } from '../../../oracle/recording-sink.js';
import { decodeJsonDatapoints, isJsonLines, type JsonOptions } from './json-datapoints.js';

function decode(body: string | Uint8Array, options: JsonOptions = {}): { outcome: unknown; items: readonly unknown[] } {
  const sink = createRecordingSink();
  const outcome = decodeJsonDatapoints(typeof body === 'string' ? Buffer.from(body) : body, sink, options);
  return { outcome, items: sink.items };
}

const a1 = { metric: 'a', timestamp: 1, value: 2 };

describe('decodeJsonDatapoints', () => {
  it('reads a datapoint, columns, and arrays of both', () => {
    const columns = { metric: 'b', timestamps: [1, 2.5], values: [3, -0.5] };
    const flat = [{ metric: 'b', timestamp: 1, value: 3 }, { metric: 'b', timestamp: 2.5, value: -0.5 }];
    expect(decode(JSON.stringify(a1))).toEqual({ outcome: { items: 1 }, items: [a1] });
    expect(decode(JSON.stringify(columns))).toEqual({ outcome: { items: 2 }, items: flat });
    expect(decode(JSON.stringify([a1, columns, a1]))).toEqual({ outcome: { items: 4 }, items: [a1, ...flat, a1] });
    expect(decode('[]')).toEqual({ outcome: { items: 0 }, items: [] });
  });

  it('counts bad items by their index in the flattened body and keeps the rest', () => {
    const body = '[{"metric":"a","timestamp":1,"value":2},{"metric":"b","timestamps":[1,"2",3],"values":[1,2,null]},7,{"metric":"a","timestamp":1,"value":2}]';
    expect(decode(body, { firstIndex: 10 })).toEqual({
      outcome: { items: 6 },
      items: [
        a1,
        { metric: 'b', timestamp: 1, value: 1 },
        { rejected: 'bad-timestamp', offset: 12, bytes: 0 },
        { rejected: 'bad-value', offset: 13, bytes: 0 },
        { rejected: 'syntax', offset: 14, bytes: 0 },
        a1,
      ],
    });
  });

  it.each([
    ['{"metric":"a","timestamp":1,"value":"2"}', 'bad-value'],
    ['{"metric":"a","timestamp":1,"value":1e400}', 'bad-value'],
    ['{"metric":"a","timestamp":1,"value":true}', 'bad-value'],
    ['{"metric":"a","timestamp":1,"value":null}', 'bad-value'],
    ['{"metric":"a","timestamp":1,"value":[2]}', 'bad-value'],
    ['{"metric":"a","timestamp":"1","value":2}', 'bad-timestamp'],
    ['{"metric":"a","timestamp":-1e400,"value":2}', 'bad-timestamp'],
    ['{"metric":5,"timestamp":1,"value":2}', 'bad-name'],
    ['{"metric":"a;b","timestamp":1,"value":2}', 'bad-name'],
    ['{"metric":null,"timestamps":[1],"values":[2]}', 'bad-name'],
    ['{"timestamp":1,"value":2}', 'syntax'],
    ['{"metric":"a","value":2}', 'syntax'],
    ['{"metric":"a","timestamp":1}', 'syntax'],
    ['{"metric":"a","timestamps":[1],"values":[2,3]}', 'syntax'],
    ['{"metric":"a","timestamps":1,"values":[2]}', 'syntax'],
    ['{"__proto__":{"metric":"a","timestamp":1,"value":2}}', 'syntax'],
    ['{"constructor":{"prototype":{"metric":"a"}},"timestamp":1,"value":2}', 'syntax'],
    ['[[{"metric":"a","timestamp":1,"value":2}]]', 'syntax'],
    ['[null]', 'syntax'],
    ['{}', 'syntax'],
  ])('rejects %s as %s', (body, rejected) => {
    expect(decode(body)).toEqual({ outcome: { items: 1 }, items: [{ rejected, offset: 0, bytes: 0 }] });
    expect(({} as { metric?: unknown }).metric).toBeUndefined();
  });

  it('keeps a metric named __proto__ and sorts tags', () => {
    expect(decode('{"metric":"__proto__","timestamp":1,"value":2,"other":{"x":[1]}}').items).toEqual([{ metric: '__proto__', timestamp: 1, value: 2 }]);
    expect(decode('{"metric":"m;b=1;a=2","timestamp":1,"value":2}').items).toEqual([{ metric: 'm;a=2;b=1', timestamp: 1, value: 2 }]);
  });

  it.each(['', ' ', '5', '"a"', 'null', 'true', '{', '[', 'hello', '[{"metric":"a"', '[1,]', "{'metric':1}", '\u0000', '[] []', 'NaN', '{"metric":"a","timestamp":1,"value":NaN}'])('finds nothing readable in %j', (body) => {
    expect(decode(body)).toEqual({ outcome: { unreadable: 'syntax', detail: expect.any(String) as string }, items: [] });
  });

  it('does not parse what is nested too deep or is not UTF-8', () => {
    expect(decode('['.repeat(5_000_000)).outcome).toMatchObject({ unreadable: 'hostile' });
    expect(decode(`[${'{"a":'.repeat(40)}1${'}'.repeat(40)}]`).outcome).toMatchObject({ unreadable: 'hostile' });
    expect(decode(`{"metric":"${'['.repeat(100)}","timestamp":1,"value":2}`).items).toHaveLength(1);
    expect(decode(`{"metric":"\\"${'['.repeat(100)}","timestamp":1,"value":2}`).items).toHaveLength(1);
    expect(decode(Buffer.from('{"metric":"\xff","timestamp":1,"value":2}', 'latin1')).outcome).toMatchObject({ unreadable: 'not-utf8' });
  });

  it('reads lines, and counts each bad one', () => {
    const line = JSON.stringify(a1);
    expect(decode(`${line}\r\nnope\n\n${line}\n{"metric":"b","timestamps":[1,2],"values":[3,4]}\n[${line}]\n7`, { lines: true, firstIndex: 1 })).toEqual({
      outcome: { items: 7 },
      items: [a1, { rejected: 'syntax', offset: 2, bytes: 0 }, a1, { metric: 'b', timestamp: 1, value: 3 }, { metric: 'b', timestamp: 2, value: 4 }, a1, { rejected: 'syntax', offset: 7, bytes: 0 }],
    });
    expect(decode(`nope\n${line}`, { lines: true }).items).toEqual([{ rejected: 'syntax', offset: 0, bytes: 0 }, a1]);
    expect(decode('nope\nneither\n', { lines: true })).toMatchObject({ outcome: { unreadable: 'syntax' }, items: [] });
    expect(decode('\n \n', { lines: true })).toEqual({ outcome: { items: 0 }, items: [] });
  });

  it('counts as many items as it hands over, on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (json, lines) => {
        const { outcome, items } = decode(JSON.stringify(json), { lines });
        expect(items).toHaveLength((outcome as { items?: number }).items ?? 0);
      }),
    );
  });
});

describe('isJsonLines', () => {
  it('knows the content types', () => {
    expect(['application/x-ndjson', 'application/NDJSON; charset=utf-8', 'application/jsonl'].every(isJsonLines)).toBe(true);
    expect(['application/json', '', 'text/plain', 'application/x-ndjsonish'].some(isJsonLines)).toBe(false);
  });
});
