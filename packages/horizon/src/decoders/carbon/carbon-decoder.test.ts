import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carbonBySplitting } from '../../../oracle/carbon-by-splitting.js';
import { createRecordingSink } from '../../../oracle/recording-sink.js';
import { createCarbonDecoder, decodeCarbonDatagram } from './carbon-decoder.js';

const maxLineBytes = 64;

function decode(stream: Uint8Array, cuts: readonly number[] = []): readonly unknown[] {
  const sink = createRecordingSink();
  const decoder = createCarbonDecoder(sink, { maxLineBytes });
  let from = 0;
  for (const cut of [...cuts, stream.length]) {
    decoder.write(stream.subarray(from, cut));
    from = cut;
  }
  decoder.end();
  return sink.items;
}

function decodeText(text: string, encoding: BufferEncoding = 'utf8'): readonly unknown[] {
  return decode(Buffer.from(text, encoding));
}

const now = null;

describe('createCarbonDecoder', () => {
  it('reads name, value and timestamp', () => {
    expect(decodeText('web.1.cpu 0.5 1700000000\nweb.2.cpu -3e2 1700000000.5\n')).toEqual([
      { metric: 'web.1.cpu', value: 0.5, timestamp: 1700000000 },
      { metric: 'web.2.cpu', value: -300, timestamp: 1700000000.5 },
    ]);
  });

  it.each([
    ['a 1 -1\n', -1],
    ['a 1 -1.0\n', -1],
  ])('takes the timestamp of %j as now', (line) => {
    expect(decodeText(line)).toEqual([{ metric: 'a', value: 1, timestamp: now }]);
  });

  it.each(['a\t1 \v\f2\n', '  a 1 2\n', 'a 1 2  \n', 'a 1 2\r\n', '\0a 1 2\n', 'a 1 2\n\0', 'a\u00a01\u30002\n', 'a\u20281 2\n', '\n\r\n \n\0\na 1 2\n'])('finds one datapoint in %j', (text) => {
    expect(decodeText(text)).toEqual([{ metric: 'a', value: 1, timestamp: 2 }]);
  });

  it.each(['1', '+1', '1.', '1.0', '1e0', '10E-1', '0.1e+1', '01'])('reads %j as one', (value) => {
    expect(decodeText(`a ${value} 2\n`)).toEqual([{ metric: 'a', value: 1, timestamp: 2 }]);
  });

  it.each([
    ['a 0x10 1', 'bad-value'], ['a 1_000 1', 'bad-value'], ['a 1,5 1', 'bad-value'], ['a 12abc 1', 'bad-value'], ['a 1e400 1', 'bad-value'], ['a inf 1', 'bad-value'],
    ['a -Infinity 1', 'bad-value'], ['a . 1', 'bad-value'], ['a 1e 1', 'bad-value'], ['a e1 1', 'bad-value'], ['a - 1', 'bad-value'], ['a ١ 1', 'bad-value'], ['a nan 1', 'nan'],
    ['a -NaN 1', 'nan'], ['a 1 nan', 'bad-timestamp'], ['a 1 now', 'bad-timestamp'], ['a 1 1e999', 'bad-timestamp'], ['a 1', 'syntax'], ['a', 'syntax'], ['a 1 2 3', 'syntax'],
    ['a;b 1 2', 'bad-name'], ['a;b= 1 2', 'bad-name'], ['a;=c 1 2', 'bad-name'], ['a;b=~c 1 2', 'bad-name'], ['a;b!=c 1 2', 'bad-name'], ['a;b^=c 1 2', 'bad-name'], [';b=c 1 2', 'bad-name'], ['a; 1 2', 'bad-name'],
  ])('rejects %j as %s and reads on', (line, rejected) => {
    expect(decodeText(`${line}\nb 1 2\n`)).toEqual([
      { rejected, offset: 0, bytes: Buffer.byteLength(line) },
      { metric: 'b', value: 1, timestamp: 2 },
    ]);
  });

  it('sorts tags and lets the last of a duplicate win', () => {
    expect(decodeText('cpu;host=b;dc=eu;host=a 1 2\ncpu;dc=eu;host=a 1 2\n')).toEqual([
      { metric: 'cpu;dc=eu;host=a', value: 1, timestamp: 2 },
      { metric: 'cpu;dc=eu;host=a', value: 1, timestamp: 2 },
    ]);
  });

  it('keeps UTF-8 names and rejects what is not UTF-8', () => {
    expect(decodeText('\xff\xfe 1 2\n', 'latin1')).toEqual([{ rejected: 'not-utf8', offset: 0, bytes: 6 }]);
    expect(decodeText('ünï.cödé 1 2\n')).toEqual([{ metric: 'ünï.cödé', value: 1, timestamp: 2 }]);
  });

  it('counts a line without a newline as incomplete at the end of the stream', () => {
    expect(decodeText('a 1 2\nb 1 2')).toEqual([{ metric: 'a', value: 1, timestamp: 2 }, { rejected: 'incomplete', offset: 6, bytes: 5 }]);
  });

  it('takes a line of exactly the limit and rejects one byte more as one item', () => {
    const name = 'n'.repeat(maxLineBytes - 4);
    expect(decodeText(`${name} 1 2\nn${name} 1 2\nb 1 2\n`)).toEqual([
      { metric: name, value: 1, timestamp: 2 },
      { rejected: 'too-long', offset: maxLineBytes + 1, bytes: maxLineBytes + 1 },
      { metric: 'b', value: 1, timestamp: 2 },
    ]);
  });

  it('holds no more than one line of a sender that never sends a newline', () => {
    const sink = createRecordingSink();
    const decoder = createCarbonDecoder(sink);
    const chunk = Buffer.alloc(65_536, 'y');
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 4096; i++) decoder.write(chunk);
    expect(process.memoryUsage.rss() - before).toBeLessThan(10 * 1024 * 1024);
    decoder.write(Buffer.from('\na 1 2\n'));
    expect(sink.items).toEqual([{ rejected: 'too-long', offset: 0, bytes: 4096 * 65_536 }, { metric: 'a', value: 1, timestamp: 2 }]);
  });

  it('gives the same items wherever the stream is cut', () => {
    const stream = Buffer.from(`a 1 2\r\n\0b;y=1;x=2 3 4\n${'x'.repeat(80)}\n\xffü 1 2\nö 5 -1\nbad\nlast 1`, 'utf8');
    const whole = decode(stream);
    for (let cut = 0; cut <= stream.length; cut++) expect(decode(stream, [cut])).toEqual(whole);
    expect(decode(stream, Array.from(stream, (_, i) => i))).toEqual(whole);
  });

  it('does what splitting strings does, on any bytes', () => {
    const word = fc.oneof(
      fc.constantFrom('a', 'web.1.cpu', 'cpu;b=1;a=2', 'c;a=1;b=2', 'c;a=1;a=2', 'c;a-b=1;a=2', 'c;a=2;a-b=1', 'c;\u{1f600}=1;\uffee=2', 'ü', '\u00a0', '1', '-1', '0.1', 'nan', '1e3', '1e400', '1700000000', '123456789012345678', '\0', ';', '=', '-', '.'),
      fc.double().map(String),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const piece = fc.oneof({ weight: 6, arbitrary: word.map((text) => Buffer.from(text)) }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)) });
    const separator = fc.constantFrom(' ', ' ', ' ', ' ', '\n', '\n', '\r\n', '\t', '  ', '\v', '\0', '').map((text) => Buffer.from(text));
    const stream = fc.array(fc.tuple(piece, separator), { maxLength: 60 }).map((parts) => Buffer.concat(parts.flat()));
    const cuts = fc.array(fc.nat(), { maxLength: 5 });
    fc.assert(
      fc.property(stream, cuts, (bytes, places) => {
        const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
        expect(decode(bytes, sorted)).toEqual(carbonBySplitting(bytes, maxLineBytes));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('decodeCarbonDatagram', () => {
  it('reads the last line without a newline', () => {
    const sink = createRecordingSink();
    decodeCarbonDatagram(Buffer.from('a 1 2\nb 3 4'), sink);
    expect(sink.items).toEqual([{ metric: 'a', value: 1, timestamp: 2 }, { metric: 'b', value: 3, timestamp: 4 }]);
  });

  it('reads any garbage without throwing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => decodeCarbonDatagram(bytes, createRecordingSink())));
  });
});
