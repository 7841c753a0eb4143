import { isSkylarkError } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { compileRules } from './rules.js';

const failure = (work: () => unknown): { code: string; detail: string } | null => {
  try {
    work();
    return null;
  } catch (error) {
    if (!isSkylarkError(error)) throw error;
    return { code: error.code, detail: error.detail };
  }
};

describe('compileRules', () => {
  it('gives the settings of the first rule that matches, and of it alone', () => {
    const settingsOf = compileRules([
      { match: 'web.*.latency', direction: 'up', minAbsolute: 5 },
      { match: '/latency$/', consensus: 3, detectors: ['grubbs'] },
      { match: 'disk', high: 90, low: undefined },
    ]);
    expect(settingsOf('web.1.latency')).toEqual({ direction: 'up', minAbsolute: 5 });
    expect(settingsOf('db.latency')).toEqual({ consensus: 3, detectors: ['grubbs'] });
    expect(settingsOf('disk')).toEqual({ high: 90 });
    expect(settingsOf('disk.1')).toEqual({});
    expect(compileRules([])('any')).toEqual({});
  });

  it('refuses what cannot be meant, naming the rule', () => {
    expect(failure(() => compileRules([{ match: 'a' }, { match: '/(/' }]))).toMatchObject({ code: 'bad-pattern', detail: expect.stringContaining('rule 2 (/(/)') as string });
    expect(failure(() => compileRules([{ match: 'a', detectors: ['grubs'] }]))).toMatchObject({ code: 'bad-config', detail: expect.stringContaining('rule 1 (a): no detector named grubs') as string });
    expect(failure(() => compileRules([{ match: 'a', low: 2, high: 1 }]))).toMatchObject({ code: 'bad-config', detail: 'rule 1 (a): low 2 is above high 1' });
  });
});
