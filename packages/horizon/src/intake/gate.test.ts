import { describe, expect, it } from 'vitest';
import { manualClock } from '../../../../test/clock.js';
import { Gate, type IntakeRules } from './gate.js';
import { NameTable } from './name-table.js';

const now = 1_700_000_000;
const open: IntakeRules = { skip: [], keep: [], maxAgeSeconds: 3600, maxFutureSeconds: 600, maxNameBytes: 20, maxMetrics: 1000, newMetricsPerMinute: null };

function gateOf(rules: Partial<IntakeRules> = {}, table = new NameTable()): { gate: Gate; clock: ReturnType<typeof manualClock>; admit: (name: string) => number | string } {
  const clock = manualClock(now);
  const gate = new Gate({ ...open, ...rules }, clock, table);
  return { gate, clock, admit: (name) => gate.admit(new TextEncoder().encode(name), 0, new TextEncoder().encode(name).length) };
}

describe('Gate', () => {
  it.each([
    [now, 1, null],
    [now - 3600, 1, null],
    [now - 3600.5, 1, 'too-old'],
    [0, 1, 'too-old'],
    [-1, 1, 'too-old'],
    [now + 600, 1, null],
    [now + 600.5, 1, 'too-new'],
    [now * 1000, 1, 'too-new'],
    [now, NaN, 'nan'],
    [now, Infinity, 'bad-value'],
    [now, -Infinity, 'bad-value'],
    [now, 1e308, null],
    [NaN, 1, 'bad-timestamp'],
    [Infinity, 1, 'bad-timestamp'],
  ])('at timestamp %d and value %d says %s', (timestamp, value, reason) => {
    expect(gateOf().gate.refusalOf(timestamp, value)).toBe(reason);
  });

  it('takes any age where it is asked to, but nothing before 1970 or beyond 32 bits', () => {
    const { gate } = gateOf({ maxAgeSeconds: null, maxFutureSeconds: 1e10 });
    expect([1, 0, -5, 2 ** 32 - 1, 2 ** 32].map((timestamp) => gate.refusalOf(timestamp, 1))).toEqual([null, 'bad-timestamp', 'bad-timestamp', null, 'too-new']);
  });

  it('moves its window with the clock when touched', () => {
    const { gate, clock } = gateOf();
    clock.advance(10_000);
    expect(gate.refusalOf(now, 1)).toBe(null);
    gate.touch();
    expect(gate.refusalOf(now, 1)).toBe('too-old');
  });

  it.each(['', 'x'.repeat(21), 'é'.repeat(11), 'a\u0000b', 'a\nb', 'a\u001b[31m', 'a\u007f', 'a\u0085b'])('refuses the name %j', (name) => {
    expect(gateOf().admit(name)).toBe('bad-name');
  });

  it.each(['a', 'x'.repeat(20), 'é'.repeat(10), 'with space', '__proto__', '../../etc', 'a;b=c', '\u00a0', '*[?'])('takes the name %j', (name) => {
    expect(gateOf().admit(name)).toBe(0);
  });

  it('skips by rule and asks the rule once for each name', () => {
    const asked: string[] = [];
    const { gate, admit } = gateOf({ skip: [(name) => asked.push(name) > 0 && name.startsWith('tmp.')] });
    expect([admit('tmp.a'), admit('cpu')]).toEqual(['skipped', 1]);
    expect(gate.table.skipped[gate.table.find(new TextEncoder().encode('tmp.a'), 0, 5)]).toBe(1);
    expect(asked).toEqual(['tmp.a', 'cpu']);
    expect(gate.kept).toBe(1);
  });

  it('with keep rules takes only what one of them means', () => {
    const { admit } = gateOf({ keep: [(name) => name.startsWith('web.')], skip: [(name) => name === 'web.tmp'] });
    expect([admit('web.cpu'), admit('db.cpu'), admit('web.tmp')]).toEqual([0, 'skipped', 'skipped']);
  });

  it('refuses new metrics beyond the limit, remembers none of them, and still skips', () => {
    const { gate, admit } = gateOf({ maxMetrics: 2, skip: [(name) => name === 's'] });
    expect(['a', 'b', 'c', 's', 'd'].map(admit)).toEqual([0, 1, 'too-many-metrics', 'skipped', 'too-many-metrics']);
    for (let i = 0; i < 1000; i++) admit(`n${i}`);
    expect(gate.table.count).toBe(3);
  });

  it('lets in so many new metrics a minute', () => {
    const { clock, admit } = gateOf({ newMetricsPerMinute: 2 });
    expect(['a', 'b', 'c'].map(admit)).toEqual([0, 1, 'too-many-metrics']);
    clock.advance(60);
    expect(['c', 'd', 'e'].map(admit)).toEqual([2, 3, 'too-many-metrics']);
  });

  it('turns new names away while the store has no room for them, and none that it knows', () => {
    let shortage: string | null = null;
    const gate = new Gate(open, manualClock(now), new NameTable(), () => shortage);
    const admit = (name: string): number | string => gate.admit(new TextEncoder().encode(name), 0, name.length);
    expect(admit('a')).toBe(0);
    shortage = 'full';
    expect(gate.table.find(Buffer.from('a'), 0, 1)).toBe(0);
    expect([admit('b'), admit('bad\u0001name'), gate.kept]).toEqual(['overload', 'bad-name', 1]);
    shortage = null;
    expect(admit('b')).toBe(1);
  });
});
