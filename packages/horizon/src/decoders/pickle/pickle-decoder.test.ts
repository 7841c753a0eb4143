import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickleCases } from '../../../oracle/golden.js';
import { createRecordingSink, type RecordingSink } from '../../../oracle/recording-sink.js';
import { forbiddenOpcodes, op } from './opcodes.js';
import { createPickleDecoder, type PickleOptions } from './pickle-decoder.js';
import { decodePickleFrame, type PickleFrameOptions } from './pickle-frame.js';
import { readLongInteger } from './pickle-integer.js';
import { readRawUnicode, readStringLiteral } from './pickle-text.js';

function decodeFrame(frame: Uint8Array | string, options: PickleFrameOptions = {}): RecordingSink {
  const sink = createRecordingSink();
  decodePickleFrame(typeof frame === 'string' ? Buffer.from(frame, 'latin1') : frame, sink, options);
  return sink;
}

function prefixed(...frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => [uint32(frame.length), frame]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function decodeStream(stream: Uint8Array, cuts: readonly number[] = [], options: PickleOptions = {}): { items: readonly unknown[]; broken: boolean } {
  const sink = createRecordingSink();
  const decoder = createPickleDecoder(sink, options);
  let from = 0;
  for (const cut of [...cuts, stream.length]) {
    decoder.write(stream.subarray(from, cut));
    from = cut;
  }
  decoder.end();
  return { items: sink.items, broken: decoder.broken };
}

/** Protocol 0: `[('a', (5, VALUE))]`, where VALUE is given as opcodes. */
const withValue = (opcodes: string): string => `(lp0\n(Va\n(I5\n${opcodes}tta.`;
/** Protocol 2, items of short strings and small integers. */
const item = (name: string, timestamp: number, value: number): string => `U${String.fromCharCode(name.length)}${name}K${String.fromCharCode(timestamp)}K${String.fromCharCode(value)}\x86\x86`;
const list = (...items: readonly string[]): Buffer => Buffer.from(`\x80\x02](${items.join('')}e.`, 'latin1');
const a = { metric: 'a', timestamp: 5, value: 1 };

describe('decodePickleFrame', () => {
  it('reads what CPython wrote, and refuses what it wrote with ill intent', () => {
    const cases = pickleCases();
    expect(cases.length).toBeGreaterThan(25);
    for (const { frame, points, kind } of cases) {
      const sink = decodeFrame(frame);
      expect(sink.datapoints, kind).toEqual((points ?? []).map(([metric, timestamp, value]) => ({ metric, timestamp, value })));
      if (points === null) expect(sink.items, kind).toEqual([{ rejected: expect.stringMatching(/^(syntax|hostile)$/) as string, offset: 0, bytes: frame.length }]);
    }
  });

  it.each([
    ['I1\n', 1], ['I01\n', 1], ['I00\n', 0], ['I-7\n', -7], ['L12L\n', 12], ['L9007199254740993L\n', 9007199254740992], ['F1.5\n', 1.5], ['F1e+300\n', 1e300], ['J\xff\xff\xff\xff', -1], ['K\xff', 255], ['M\x01\x02', 513],
    ['G\x3f\xf8\0\0\0\0\0\0', 1.5], ['\x88', 1], ['\x89', 0], ['\x8a\0', 0], ['\x8a\x01\xff', -1], ['\x8b\x02\0\0\0\xff\0', 255], ["S'2.5'\n", 2.5], ['V-3e2\n', -300], ['U\x031.5', 1.5],
  ])('reads the value %j', (opcodes, value) => {
    expect(decodeFrame(withValue(opcodes)).items).toEqual([{ metric: 'a', timestamp: 5, value }]);
  });

  it.each([
    ['N', 'bad-value'], ['Vx\n', 'bad-value'], ['V0x10\n', 'bad-value'], ['V\n', 'bad-value'], ['Finf\n', 'bad-value'], ['F-inf\n', 'bad-value'], ['Fnan\n', 'nan'], ['Vnan\n', 'nan'], ['G\x7f\xf8\0\0\0\0\0\0', 'nan'],
    [']', 'bad-value'], [')', 'bad-value'], ['K\x01K\x01', 'syntax'],
  ])('rejects the item with the value %j as %s, and keeps the others', (opcodes, rejected) => {
    const frame = withValue(opcodes).slice(0, -1) + '(Va\n(I5\nI1\ntta.';
    expect(decodeFrame(frame).items).toEqual([{ rejected, offset: 0, bytes: frame.length }, a]);
  });

  it('rejects an integer beyond every double', () => {
    expect(decodeFrame(withValue(`\x8a\xc8${'\0'.repeat(199)}\x01`)).reasons).toEqual(['bad-value']);
  });

  it.each([
    ['(I1\n(I5\nI1\ntt', 'bad-name'], ['(N(I5\nI1\ntt', 'bad-name'], ['(Va;b\n(I5\nI1\ntt', 'bad-name'], ['(U\x01\xff(I5\nI1\ntt', 'not-utf8'], ['(Va\n(VX\nI1\ntt', 'bad-timestamp'], ['(Va\n(Fnan\nI1\ntt', 'bad-timestamp'], ['(Va\nI5\nt', 'syntax'],
    ['(Va\n(I5\ntt', 'syntax'], ['(Va\nt', 'syntax'], ['I5\n', 'syntax'], ['Va\n', 'syntax'], ['N', 'syntax'], ['(Va\n(I5\nI1\ntI5\nt', 'syntax'], [')', 'syntax'],
  ])('skips the item %j as %s', (opcodes, rejected) => {
    const frame = `]${opcodes}a${item('a', 5, 1)}a.`;
    expect(decodeFrame(frame).items).toEqual([{ rejected, offset: 0, bytes: frame.length }, a]);
  });

  it('takes a tuple of lists as well as a list of tuples, an empty list, and names of every kind of string', () => {
    expect(decodeFrame('(U\x01a(K\x05K\x01ll\x85.').items).toEqual([a]);
    expect(decodeFrame('].').items).toEqual([]);
    expect(decodeFrame(').').items).toEqual([]);
    for (const name of ["S'a'\n", 'S"\\x61"\n', 'T\x01\0\0\0a', 'U\x01a', 'Va\n', 'V\\u0061\n', 'X\x01\0\0\0a', '\x8c\x01a', '\x8d\x01\0\0\0\0\0\0\0a', 'B\x01\0\0\0a', 'C\x01a', '\x8e\x01\0\0\0\0\0\0\0a']) {
      expect(decodeFrame(`]${name}K\x05K\x01\x86\x86a.`).items, name).toEqual([a]);
    }
  });

  it('takes the timestamp -1 as now and sorts tags', () => {
    expect(decodeFrame(']Vm;b=1;a=2\nJ\xff\xff\xff\xffK\x01\x86\x86a.').items).toEqual([{ metric: 'm;a=2;b=1', timestamp: null, value: 1 }]);
  });

  it('reads the memo of all kinds, and repeated names', () => {
    const point = 'K\x05K\x01\x86\x86a';
    expect(decodeFrame(`]Va\np7\n${point}g7\n${point}h\x07${point}j\x07\0\0\0${point}.`).items).toEqual([a, a, a, a]);
    expect(decodeFrame(`]\x94Va\n\x94${point}h\x01${point}.`).items).toEqual([a, a]);
    expect(decodeFrame(`]Va\nr\xff\xff\xff\xff${point}j\xff\xff\xff\xff${point}.`).items).toEqual([a, a]);
  });

  it.each(['', '.', 'N.', 'I1\n.', 'Va\n.', ']]].', '](.', ']e.', 'a.', '\x86.', '(\x86.', 't.', ']h\0a.', 'q\0].', '](q\0e.', ']I1', ']I1\n', ']K', ']F1', ']X\x05\0\0\0a', ']X\xff\xff\xff\xffa', '\x8d\xff\xff\xff\xff\xff\xff\xff\xff', '\x80\x06].', '\x95\xff\0\0\0\0\0\0\0].', ']Ix\na.', ']Fx\na.', ']Lx\na.', "]S'a\na.", "]Sa\na.", ']V\\u00\na.', ']px\n.', ']\xfe.', ']\0.', 'hello world', '\x8b\xff\xff\xff\xff'])(
    'refuses the frame %j whole', (frame) => {
      expect(decodeFrame(frame).items).toEqual([{ rejected: 'syntax', offset: 0, bytes: frame.length }]);
    },
  );

  it('refuses every forbidden opcode at every place of a frame, and nothing happens', () => {
    const canary = join(tmpdir(), `skylark-pickle-canary-${process.pid}`);
    const payload = `cos\nsystem\n(S'touch ${canary}'\ntR`;
    const good = list(item('a', 5, 1), item('b', 6, 2));
    let count = 0;
    for (const opcode of Object.values(forbiddenOpcodes)) {
      for (let place = 2; place < good.length - 1; place += 1) {
        for (const planted of [String.fromCharCode(opcode), `${payload}${String.fromCharCode(opcode)}`]) {
          const sink = decodeFrame(`${good.toString('latin1', 0, place)}${planted}${good.toString('latin1', place)}`);
          count++;
          // Inside of a string or a number it is data like any other byte, and what follows is read otherwise.
          expect(sink.items.length).toBeGreaterThan(0);
          expect(sink.datapoints.every(({ metric, value }) => typeof metric === 'string' && typeof value === 'number')).toBe(true);
        }
      }
      expect(decodeFrame(`](${String.fromCharCode(opcode)}e.`).reasons).toEqual(['hostile']);
      expect(decodeFrame(`](${item('a', 5, 1)}${String.fromCharCode(opcode)}e.`).items).toEqual([{ rejected: 'hostile', offset: 0, bytes: 14 }]);
    }
    expect(count).toBeGreaterThan(1000);
    expect(decodeFrame(`${payload}.`).reasons).toEqual(['hostile']);
    expect(existsSync(canary)).toBe(false);
  });

  it('knows each opcode once', () => {
    const all = [...Object.values(op), ...Object.values(forbiddenOpcodes)];
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(68);
  });

  it('bounds depth, values, memo and items', () => {
    expect(decodeFrame(`${']'.repeat(100)}${'a'.repeat(99)}.`).reasons).toEqual(['hostile']);
    expect(decodeFrame(`)${'\x85'.repeat(100)}.`).reasons).toEqual(['hostile']);
    expect(decodeFrame(`${']'.repeat(1_000_000)}`).reasons).toEqual(['hostile']);
    expect(decodeFrame(`${'('.repeat(1_000_000)}`).reasons).toEqual(['hostile']);
    expect(decodeFrame(`]${Array.from({ length: 170_000 }, (_, i) => `p${i}\n`).join('')}.`).reasons).toEqual(['hostile']);
    const many = list(...Array.from({ length: 300 }, () => item('a', 5, 1)));
    expect(decodeFrame(many, { maxItems: 300 }).items).toHaveLength(300);
    expect(decodeFrame(many, { maxItems: 299 }).reasons).toEqual(['too-long']);
  });

  it('does not unfold what refers to itself or doubles itself', () => {
    const doubling = `]q\0${Array.from({ length: 200 }, (_, i) => `](h${String.fromCharCode(i)}h${String.fromCharCode(i)}eq${String.fromCharCode(i + 1)}`).join('')}.`;
    expect(decodeFrame(doubling).items).toHaveLength(1);
    expect(decodeFrame(']q\0h\0a.').reasons).toEqual(['syntax']);
    expect(decodeFrame(`]q\0(${'h\0'.repeat(20)}e.`).datapoints).toEqual([]);
  });

  it('survives any change to a good frame', () => {
    const frames = pickleCases().map(({ frame }) => frame);
    fc.assert(
      fc.property(fc.nat(frames.length - 1), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (index, changes) => {
        const frame = Buffer.from(frames[index] ?? []);
        for (const [place, byte] of changes) frame[place % frame.length] = byte;
        decodeFrame(frame);
      }),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void decodeFrame(bytes)), { numRuns: 3000 });
  });
});

describe('createPickleDecoder', () => {
  const good = list(item('a', 5, 1));
  const stream = prefixed(good, Buffer.from('garbage'), good, Buffer.alloc(0), Buffer.from('cos\nsystem\n.'), good);
  const wanted = [
    a,
    { rejected: expect.any(String) as string, offset: 4 + good.length, bytes: 11 },
    a,
    { rejected: 'syntax', offset: 2 * (4 + good.length) + 11, bytes: 4 },
    { rejected: 'hostile', offset: 2 * (4 + good.length) + 15, bytes: 16 },
    a,
  ];

  it('reads on after garbage and hostile frames', () => {
    expect(decodeStream(stream)).toEqual({ items: wanted, broken: false });
  });

  it('gives the same items wherever the stream is cut', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(decodeStream(stream, [cut]).items).toEqual(wanted);
      expect(decodeStream(stream, [Math.floor(cut / 2), cut]).items).toEqual(wanted);
    }
    expect(decodeStream(stream, Array.from(stream, (_, i) => i)).items).toEqual(wanted);
  });

  it('counts a half frame as incomplete at the end of the stream', () => {
    for (let end = 1; end < 4 + good.length; end++) expect(decodeStream(prefixed(good).subarray(0, end)).items).toEqual([{ rejected: 'incomplete', offset: 0, bytes: end }]);
  });

  it('breaks on a frame over the limit, and reads nothing after it', () => {
    const long = Buffer.concat([prefixed(good), uint32(1024 * 1024 + 1), prefixed(good)]);
    const wantedItems = [a, { rejected: 'too-long', offset: 4 + good.length, bytes: 1024 * 1024 + 5 }];
    for (let cut = 0; cut <= long.length; cut++) expect(decodeStream(long, [cut])).toEqual({ items: wantedItems, broken: true });
    expect(decodeStream(Buffer.alloc(4, 0xff))).toEqual({ items: [{ rejected: 'too-long', offset: 0, bytes: 0xffffffff + 4 }], broken: true });
  });

  it('takes memory for what has arrived, not for what was declared', () => {
    const decoders = Array.from({ length: 2000 }, () => createPickleDecoder(createRecordingSink()));
    const before = process.memoryUsage().arrayBuffers;
    for (const decoder of decoders) decoder.write(Buffer.concat([uint32(1024 * 1024), Buffer.from('(')]));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('readLongInteger', () => {
  it('rounds as BigInt does, for every length and sign', () => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.bigInt({ min: -(2n ** 1030n), max: 2n ** 1030n })), fc.nat(20), (value, padding) => {
        const length = Math.ceil((value.toString(2).length + 1) / 8) + padding;
        const hex = BigInt.asUintN(8 * length, value).toString(16).padStart(2 * length, '0');
        expect(readLongInteger(Buffer.from(hex, 'hex').reverse(), 0, length)).toBe(Number(value));
      }),
      { numRuns: 5000 },
    );
    expect(readLongInteger(Buffer.alloc(300, 0x7f), 0, 300)).toBe(Infinity);
    expect(readLongInteger(Buffer.alloc(300, 0x80), 0, 300)).toBe(-Infinity);
  });
});

describe('the text forms of strings', () => {
  it('reads Python string literals', () => {
    expect(readStringLiteral(String.raw`'a\'\\\x41\101\n\q'`)?.toString('latin1')).toBe("a'\\AA\n\\q");
    expect(["'", 'a', '', '"a\'', "'a"].map(readStringLiteral)).toEqual([null, null, null, null, null]);
  });

  it('reads raw unicode escapes', () => {
    expect(readRawUnicode(String.raw`\u00fc\U0001f600\n\\u0041é`)).toBe('ü\u{1f600}\\n\\\\u0041é');
    expect([String.raw`\u00`, String.raw`\U00110000`, String.raw`a\ux`].map(readRawUnicode)).toEqual([null, null, null]);
  });
});
