import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineProtocolCases, type GoldenPoint, type GoldenValue } from '../../../oracle/golden.js';
import { createRecordingSink } from '../../../oracle/recording-sink.js';
import { decodeLineProtocol, decodeLineProtocolInSlices, type LineProtocolOptions, type LineProtocolResult } from './line-protocol.js';
import { precisionOf, toSeconds } from './precision.js';

function decode(body: string | Uint8Array, options: LineProtocolOptions = {}): { result: LineProtocolResult; items: readonly unknown[]; reasons: readonly string[] } {
  const sink = createRecordingSink();
  const result = decodeLineProtocol(typeof body === 'string' ? Buffer.from(body) : body, sink, options);
  return { result, items: sink.items, reasons: sink.reasons };
}

const numberOf = ({ int, uint, float, bool }: GoldenValue): number | undefined => (int ?? uint) !== undefined ? Number(int ?? uint) : bool !== undefined ? Number(bool) : float;

/** What a golden point becomes, said another way. */
function datapointsOf({ name, tags, time, fields }: GoldenPoint): unknown[] {
  const tail = tags.map(({ key, value }) => `;${key}=${value}`).sort().join('');
  return fields.flatMap(({ key, value }) => {
    const number = numberOf(value);
    return number === undefined ? [] : [{ metric: `${name}.${key}${tail}`, timestamp: Number(`${time}e-9`), value: number + 0 }];
  });
}

describe('decodeLineProtocol', () => {
  it('does what influxdata/line-protocol does on the golden cases', () => {
    const cases = lineProtocolCases();
    expect(cases.length).toBeGreaterThan(90);
    for (const { input, precision, defaultTimestampNs, points } of cases) {
      const sink = createRecordingSink();
      decodeLineProtocol(input, sink, { precision: precisionOf(precision.slice(1)), defaultTimestampNs });
      const refused = sink.reasons.some((reason) => reason !== 'not-numeric');
      expect(refused, Buffer.from(input).toString()).toBe(points === null);
      if (points !== null) expect(sink.datapoints.map((point) => ({ ...point, value: point.value + 0 }))).toEqual(points.flatMap(datapointsOf));
    }
  });

  it('makes a metric of each numeric field', () => {
    expect(decode('cpu,host=a,dc=eu idle=0.5,busy=2i,up=t,down=False,total=3u 1700000000123456789').items).toEqual(
      [['idle', 0.5], ['busy', 2], ['up', 1], ['down', 0], ['total', 3]].map(([field, value]) => ({ metric: `cpu.${field};dc=eu;host=a`, timestamp: 1700000000.123456789, value })),
    );
  });

  it('keeps a line without a time for now, or for the time it is given', () => {
    expect(decode('m f=1').items).toEqual([{ metric: 'm.f', timestamp: null, value: 1 }]);
    expect(decode('m f=1', { defaultTimestampNs: 1_700_000_000_987_654_321n, precision: 's' }).items).toEqual([{ metric: 'm.f', timestamp: 1_700_000_000, value: 1 }]);
    expect(decode('m f=1 -1', { precision: 's' }).items).toEqual([{ metric: 'm.f', timestamp: -1, value: 1 }]);
  });

  it.each([
    ['n', '1700000000123456789', 1700000000.123456789], ['u', '1700000000123456', 1700000000.123456], ['ms', '1700000000123', 1700000000.123],
    ['s', '1700000000', 1700000000], ['m', '28333333', 1699999980], ['h', '472222', 1699999200], ['ms', '-1', -0.001],
  ] as const)('reads a timestamp of precision %s', (precision, time, seconds) => {
    expect(decode(`m f=1 ${time}`, { precision }).items).toEqual([{ metric: 'm.f', timestamp: seconds, value: 1 }]);
  });

  it('refuses timestamps beyond 64 bits of nanoseconds', () => {
    expect(decode('m f=1 9223372036854775808').reasons).toEqual(['bad-timestamp']);
    expect(decode('m f=1 9223372036854775807').reasons).toEqual([]);
    expect([toSeconds('9223372036', 's'), toSeconds('9223372037', 's')]).toEqual([9223372036, null]);
    expect([toSeconds('2562047', 'h'), toSeconds('2562048', 'h')]).toEqual([9223369200, null]);
  });

  it('replaces ; and a leading ~ within the parts of a name', () => {
    expect(decode('~m;1,~t;=~v;~ ~f;=1').items).toEqual([{ metric: '_m_1._f_;_t_=_v_~', timestamp: null, value: 1 }]);
  });

  it('takes a template', () => {
    expect(decode('cpu,host=a,dc=eu f=1', { template: '{tag:host}.{measurement}.{tag:rack}.{field}{tags}' }).items).toEqual([{ metric: 'a.cpu._.f;dc=eu', timestamp: null, value: 1 }]);
    expect(decode('cpu f=1', { template: '{field}.{measurement}.{field}' }).items).toEqual([{ metric: 'f.cpu.f', timestamp: null, value: 1 }]);
    expect(() => decode('', { template: '{measurement}' })).toThrow(/no \{field\}/);
    expect(() => decode('', { template: '{filed}' })).toThrow(/there are/);
  });

  it.each([
    ['f="x"', 'not-numeric'], ['f=NaN', 'nan'], ['f=-nan', 'nan'], ['f=inf', 'bad-value'], ['f=+Inf', 'bad-value'], ['f=-inf', 'bad-value'], ['f=1e400', 'bad-value'], ['f=12abc', 'bad-value'],
    ['f=0x10', 'bad-value'], ['f=1_0', 'bad-value'], ['f=9223372036854775808i', 'bad-value'], ['f=-9223372036854775809i', 'bad-value'], ['f=18446744073709551616u', 'bad-value'], ['f=-1u', 'bad-value'], ['f=1.5i', 'bad-value'], ['f=-', 'bad-value'], ['f=-i', 'bad-value'],
  ])('rejects the field %s alone as %s', (field, rejected) => {
    const line = `m a=1,${field},b=2 3000000000`;
    expect(decode(line).items).toEqual([{ metric: 'm.a', timestamp: 3, value: 1 }, { rejected, offset: 0, bytes: line.length }, { metric: 'm.b', timestamp: 3, value: 2 }]);
  });

  it.each(['m', 'm ', 'm f', 'm f=', 'm f=1,', 'm f=1,,g=2', 'm =1', ',t=v f=1', 'm, f=1', 'm,t f=1', 'm,t= f=1', 'm,=v f=1', 'm,t=v,t=w f=1', 'm f=x', 'm f=+1', 'm f=tru', 'm f="x', 'm f="x"y', 'm f=1 1.5', 'm f=1 x', 'm f=1 1 2', 'm f=1 -', 'm f=1 2-3', 'm\tf=1', 'm f=1\t2', '\rm f=1', 'm f=1\r2', '# a\tb', 'm,t=\u0001 f=1'])(
    'rejects the line %j as syntax and reads on', (line) => {
      const { items, result } = decode(`${line}\nb f=1\n`);
      expect(items).toEqual([{ rejected: 'syntax', offset: 0, bytes: Buffer.byteLength(line) }, { metric: 'b.f', timestamp: null, value: 1 }]);
      expect(result).toMatchObject({ lines: 2, failed: 1, errors: [{ line: 1, text: line }] });
    },
  );

  it('skips blank lines and comments, and takes CRLF', () => {
    expect(decode('\n\r\n  \n# comment é\r\n  # another\n m f=1 2000000000 \r\nm f=2\r').items).toEqual([{ metric: 'm.f', timestamp: 2, value: 1 }, { metric: 'm.f', timestamp: null, value: 2 }]);
    expect(decode('').result).toEqual({ lines: 0, failed: 0, errors: [] });
  });

  it('says which lines failed', () => {
    const body = `# c\nm f=1\nbad\n\nm f="a\nb"\n${'x'.repeat(300)}\n`;
    expect(decode(body).result).toEqual({ lines: 4, failed: 2, errors: [{ line: 3, text: 'bad', detail: 'missing fields' }, { line: 7, text: 'x'.repeat(256), detail: 'missing fields' }] });
    expect(decode('bad\n'.repeat(1000)).result).toMatchObject({ lines: 1000, failed: 1000, errors: { length: 20 } });
  });

  it('rejects a line over the limit once, also where a quote was left open', () => {
    const long = `m f=1,${'g'.repeat(70_000)}=1`;
    expect(decode(`${long}\nm f=1\n`).items).toEqual([{ rejected: 'too-long', offset: 0, bytes: long.length }, { metric: 'm.f', timestamp: null, value: 1 }]);
    const open = `m f="${'\n'.repeat(70_000)}m f=1`;
    expect(decode(open).items).toEqual([{ rejected: 'too-long', offset: 0, bytes: 5 }, { metric: 'm.f', timestamp: null, value: 1 }]);
  });

  it('rejects invalid UTF-8 and reads on', () => {
    expect(decode(Buffer.from('m\xff f=1\nm f="\xff"\nm,t=\xff f=1\nm f=1\n', 'latin1')).items).toEqual([
      { rejected: 'not-utf8', offset: 0, bytes: 6 }, { rejected: 'not-utf8', offset: 7, bytes: 7 }, { rejected: 'not-utf8', offset: 15, bytes: 9 }, { metric: 'm.f', timestamp: null, value: 1 },
    ]);
  });

  it('gives the same in slices, and reads any bytes without throwing', () => {
    const piece = fc.oneof(fc.constantFrom('m', ',', ' ', '=', '\n', '\n', '"', '\\', 't=v', 'f=1', ' f=1,g=2i', ' 1700000000', '\r\n', '#', '\0', 'ü').map((text) => Buffer.from(text)), fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const { result, items } = decode(Buffer.concat(pieces));
        expect(items.length).toBeGreaterThanOrEqual(result.lines);
      }),
      { numRuns: 3000 },
    );
    const body = Buffer.from('m f=1 1\nbad\n'.repeat(30_000));
    const sink = createRecordingSink();
    const slices = decodeLineProtocolInSlices(body, sink);
    let steps = 0;
    while (slices.next().done !== true) steps++;
    expect(steps).toBe(Math.ceil(body.length / 65_536));
    expect(sink.items).toHaveLength(60_000);
  });
});
