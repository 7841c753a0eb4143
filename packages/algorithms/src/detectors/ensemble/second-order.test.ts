import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secondOrder } from './second-order.js';
import type { Trigger, TriggerHistory } from './second-order.js';

function passes(triggers: readonly Trigger[]): boolean[] {
  let history: TriggerHistory | null = null;
  return triggers.map((trigger) => {
    const step: { history: TriggerHistory; pass: boolean } = secondOrder(history, trigger);
    history = step.history;
    return step.pass;
  });
}

/** The original's, with its growing list. */
function naive(triggers: readonly Trigger[]): { pass: boolean; margin: number }[] {
  const list: Trigger[] = [];
  return triggers.map((trigger) => {
    const last = list.at(-1);
    if (last === undefined) {
      list.push(trigger);
      return { pass: true, margin: 1 };
    }
    if (trigger.value === last.value && trigger.at - last.at <= 300) return { pass: false, margin: 1 };
    list.push(trigger);
    const intervals = list.slice(1).map(({ at }, i) => at - list[i]!.at);
    const mean = intervals.reduce((a, b) => a + b) / intervals.length;
    const deviation = Math.sqrt(intervals.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (intervals.length - 1));
    const away = Math.abs(intervals.at(-1)! - mean);
    return { pass: away > 3 * deviation, margin: deviation > 0 ? Math.abs(away / (3 * deviation) - 1) : 1 };
  });
}

describe('secondOrder', () => {
  it('lets the first trigger pass, and not the same value again within 300 s', () => {
    expect(passes([{ at: 0, value: 5 }, { at: 300, value: 5 }])).toEqual([true, false]);
    const first = secondOrder(null, { at: 0, value: 5 }).history;
    expect(secondOrder(first, { at: 300, value: 5 }).history).toBe(first);
    expect(secondOrder(first, { at: 301, value: 5 }).history).not.toBe(first);
  });

  it('passes an unusual interval after many usual ones', () => {
    const usual = Array.from({ length: 12 }, (_, i) => ({ at: 600 * i, value: i }));
    expect(passes([...usual, { at: 600 * 11 + 86_400, value: 99 }])).toEqual([true, ...Array<boolean>(11).fill(false), true]);
  });

  it('keeps a history of constant size that is plain data', () => {
    let history: TriggerHistory | null = null;
    for (let i = 0; i < 1000; i += 1) ({ history } = secondOrder(history, { at: i * 400, value: i }));
    expect(JSON.parse(JSON.stringify(history))).toEqual(history);
    expect(Object.keys(history!)).toHaveLength(5);
  });

  it('answers as the original with its growing list', () => {
    const trigger = fc.record({ gap: fc.oneof(fc.integer({ min: 1, max: 700 }), fc.constantFrom(60, 60, 60, 60, 50_000)), value: fc.integer({ min: 0, max: 2 }) });
    fc.assert(
      fc.property(fc.array(trigger, { maxLength: 40 }), (list) => {
        let at = 0;
        const triggers = list.map(({ gap, value }) => ({ at: (at += gap), value }));
        const expected = naive(triggers);
        passes(triggers).forEach((pass, i) => {
          if (expected[i]!.margin > 1e-9) expect(pass, `trigger ${i}`).toBe(expected[i]!.pass);
        });
      }),
    );
  });
});
