import type { Calendar, Silence } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { quietOfCalendar, quietOfSilence } from './quiet.js';
import { createWallClock } from './wall-clock.js';

const at = (text: string): number => Date.parse(text) / 1000;
const silence: Silence = { id: 's', kind: 'weekly', match: 'batch.*', anomaly: null, shape: null, days: [1], from: '02:00', until: '03:00', zone: 'Europe/Berlin', reason: '', by: 'me', created: 0, expires: null };
const calendar: Calendar = { id: 'c', name: 'Works', match: '*', from: at('2026-03-23T10:00:00Z'), until: at('2026-03-23T12:00:00Z'), repeat: 'never', zone: 'Europe/Berlin', by: 'me', created: 0 };
const anomaly = (start: number, metric = 'batch.load') => ({ id: 'a', metric, start });

describe('a weekly silence', () => {
  const { matches } = quietOfSilence(silence);
  it.each([
    ['2026-03-23T01:30:00Z', true, 'Monday 02:30 in winter'],
    ['2026-03-30T00:30:00Z', true, 'Monday 02:30 in summer'],
    ['2026-03-30T01:30:00Z', false, 'Monday 03:30 in summer'],
    ['2026-03-24T01:30:00Z', false, 'Tuesday'],
  ])('at %s is %s (%s)', (time, expected) => expect(matches(anomaly(at(time)), null)).toBe(expected));

  it('is about its metrics, until it ends', () => {
    expect(matches(anomaly(at('2026-03-23T01:30:00Z'), 'web.load'), null)).toBe(false);
    expect(quietOfSilence({ ...silence, expires: at('2026-03-23T00:00:00Z') }).matches(anomaly(at('2026-03-23T01:30:00Z')), null)).toBe(false);
  });

  it('may run into the next day, and the next week', () => {
    const night = quietOfSilence({ ...silence, days: [7], from: '23:00', until: '01:00', zone: 'UTC' });
    expect(['2026-03-22T23:30:00Z', '2026-03-23T00:30:00Z', '2026-03-23T01:30:00Z', '2026-03-22T00:30:00Z'].map((time) => night.matches(anomaly(at(time)), null))).toEqual([true, true, false, false]);
  });
});

describe('a silence of a shape', () => {
  it('is for what looks alike', () => {
    const shape = Array.from({ length: 32 }, (_, i) => (i === 3 ? 1 : 0));
    const { matches } = quietOfSilence({ ...silence, kind: 'shape', anomaly: 'first', shape });
    const [same, other] = [Float32Array.from(shape), Float32Array.from({ length: 32 }, (_, i) => (i === 9 ? 1 : 0))];
    expect([matches(anomaly(0), same), matches(anomaly(0), other), matches(anomaly(0), null)]).toEqual([true, false, false]);
  });
});

describe('a calendar', () => {
  const inside = (one: Calendar, time: string): boolean => quietOfCalendar(one).matches(anomaly(at(time)), null);

  it('is quiet in its window, and in no other', () => {
    expect(['2026-03-23T09:59:59Z', '2026-03-23T10:00:00Z', '2026-03-23T12:00:00Z', '2026-03-30T10:30:00Z'].map((time) => inside(calendar, time))).toEqual([false, true, false, false]);
  });

  it('comes again every week by the wall clock, over a change to summer time', () => {
    const weekly: Calendar = { ...calendar, repeat: 'weekly' };
    expect(['2026-03-30T08:30:00Z', '2026-03-30T09:30:00Z', '2026-03-30T10:30:00Z', '2026-03-16T10:30:00Z'].map((time) => inside(weekly, time))).toEqual([false, true, true, false]);
    expect([inside(weekly, '2026-03-30T09:00:00Z'), inside(weekly, '2026-03-30T11:00:00Z')]).toEqual([true, false]);
  });

  it('comes again every year on its date', () => {
    const yearly: Calendar = { ...calendar, from: at('2025-12-24T23:00:00Z'), until: at('2025-12-26T23:00:00Z'), repeat: 'yearly' };
    expect(['2026-12-25T12:00:00Z', '2026-12-26T22:59:00Z', '2026-12-26T23:00:00Z', '2026-12-24T22:00:00Z'].map((time) => inside(yearly, time))).toEqual([true, true, false, false]);
  });
});

describe('createWallClock', () => {
  it('refuses a zone that is none', () => expect(() => createWallClock('Mars/Olympus')).toThrow(RangeError));
});
