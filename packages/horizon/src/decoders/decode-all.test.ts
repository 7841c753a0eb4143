import { pack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { hostileNames } from '../../oracle/hostile-names.js';
import { pickleCases } from '../../oracle/golden.js';
import { decodeAll, type DecodeAllOptions, type OfflineProtocol } from './decode-all.js';

const options: DecodeAllOptions = { nowNs: 1_700_000_000_500_000_000n };

function decode(protocol: OfflineProtocol, bytes: string | Uint8Array, more: Partial<DecodeAllOptions> = {}): unknown[] {
  return [...decodeAll(protocol, typeof bytes === 'string' ? Buffer.from(bytes) : bytes, { ...options, ...more })];
}

function frame(pickle: Uint8Array): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(pickle.length);
  return Buffer.concat([prefix, pickle]);
}

const a = { metric: 'a', timestamp: 2, value: 1 };

describe('decodeAll', () => {
  it('decodes carbon lines with the given now, and the offsets of what is rejected', () => {
    expect(decode('carbon', 'a 1 2\nb\na\u0001 1 2\r\na 1 -1\nc 1')).toEqual([
      a, { rejected: 'syntax', offset: 6, bytes: 1 }, { rejected: 'bad-name', offset: 8, bytes: 7 }, { metric: 'a', timestamp: 1_700_000_000.5, value: 1 }, { rejected: 'incomplete', offset: 23, bytes: 3 },
    ]);
  });

  it('decodes length-prefixed pickle frames and goes on after a rejected one', () => {
    // Whole frames only: good ones, and ones that are refused as a whole, by turns.
    const [good, refused] = [pickleCases().filter(({ kind }) => kind.startsWith('protocol')), pickleCases().filter(({ points }) => points === null)];
    const cases = good.flatMap((golden, index) => [golden, refused[index]].filter((each) => each !== undefined));
    const stream = Buffer.concat(cases.map((golden) => frame(golden.frame)));
    let offset = 0;
    const wanted = cases.flatMap((golden): unknown[] => {
      const at = offset;
      offset += golden.frame.length + 4;
      if (golden.points === null) return [{ rejected: expect.any(String) as string, offset: at, bytes: golden.frame.length + 4 }];
      return golden.points.map(([metric, timestamp, value]) => ({ metric, timestamp, value }));
    });
    expect(decode('pickle', stream)).toEqual(wanted);
    const named = (name: string): Buffer => frame(Buffer.from(`]V${name}\nK\x02K\x01\x86\x86a.`, 'latin1'));
    expect(decode('pickle', Buffer.concat([named('a'), named('\u0007'), named('a'), Buffer.from('\0\0\0')]))).toEqual([a, { rejected: 'bad-name', offset: 16, bytes: 16 }, a, { rejected: 'incomplete', offset: 48, bytes: 3 }]);
  });

  it('decodes concatenated msgpack datagrams', () => {
    const good = pack(['a', [2, 1]]);
    const bad = pack(['\n', [2, 1]]);
    expect(decode('msgpack', Buffer.concat([good, bad, pack('x'), good, Buffer.from([0x92])]))).toEqual([
      a, { rejected: 'bad-name', offset: good.length, bytes: bad.length }, { rejected: 'syntax', offset: good.length + bad.length, bytes: 2 }, a, { rejected: 'incomplete', offset: 2 * good.length + bad.length + 2, bytes: 1 },
    ]);
  });

  it('decodes line protocol with a precision', () => {
    expect(decode('influx', '# c\nm f=1,s="x" 2\nbad\n\u0085 f=1\nm f=1', { precision: 's' })).toEqual([
      { metric: 'm.f', timestamp: 2, value: 1 }, { rejected: 'not-numeric', offset: 4, bytes: 13 }, { rejected: 'syntax', offset: 18, bytes: 3 }, { rejected: 'bad-name', offset: 22, bytes: 6 }, { metric: 'm.f', timestamp: 1_700_000_000, value: 1 },
    ]);
  });

  it('is lazy and takes nothing from an empty input', () => {
    for (const protocol of ['carbon', 'pickle', 'msgpack', 'influx'] as const) expect(decode(protocol, '')).toEqual([]);
    const many = Buffer.from('a 1 2\n'.repeat(1_000_000));
    expect(decodeAll('carbon', many, options).next().value).toEqual(a);
  });

  it('keeps every usable hostile name exactly, and refuses the others', () => {
    for (const { name, usable } of hostileNames()) {
      if (name.includes(';')) continue;
      const wanted = usable ? [{ ...a, metric: name }] : [{ rejected: expect.stringMatching(/^(bad-name|not-utf8)$/) as string, offset: 0, bytes: expect.any(Number) as number }];
      expect(decode('msgpack', pack([name, [2, 1]])), JSON.stringify(name)).toEqual(wanted);
    }
  });
});
