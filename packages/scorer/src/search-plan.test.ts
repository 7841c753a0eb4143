import type { SearchRequest } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { searchPlan } from './search-plan.js';

describe('a plan', () => {
  it('has the documented defaults', () => {
    const { excluded, ...plan } = searchPlan({ metric: 'm' });
    expect(plan).toEqual({
      source: { by: 'metric', metric: 'm' }, from: undefined, until: undefined, method: 'dtw', scope: 'both', radius: 1, band: 0.1, limit: 10, offset: 0, explain: false, slop: null, budgetMs: Infinity, freedom: null,
    });
    expect(excluded('m')).toBe(false);
  });

  it('excludes by name, glob and regex', () => {
    const { excluded } = searchPlan({ metric: 'm', exclude: ['a.b', 'web.*', '/cpu[0-9]$/'] });
    expect(['a.b', 'web.eu.1', 'host.cpu7'].map(excluded)).toEqual([true, true, true]);
    expect(['a.b.c', 'xweb.eu', 'host.cpu'].map(excluded)).toEqual([false, false, false]);
  });

  it.each<[string, SearchRequest, string, string]>([
    ['no query', {}, 'bad-request', 'exactly one of metric, anomaly, values'],
    ['two queries', { metric: 'm', anomaly: 'a' }, 'bad-request', 'exactly one of'],
    ['an unknown method', { metric: 'm', method: 'x' as 'dtw' }, 'bad-request', 'method x'],
    ['an unknown scope', { metric: 'm', scope: 'x' as 'live' }, 'bad-request', 'scope x'],
    ['a window backwards', { metric: 'm', from: 2, until: 1 }, 'bad-request', 'from must be before until'],
    ['a time that is none', { metric: 'm', from: NaN }, 'bad-request', 'from must be seconds'],
    ['a band beyond the length', { metric: 'm', band: 1.5 }, 'bad-request', 'band must be'],
    ['half a radius', { metric: 'm', radius: 0.5 }, 'bad-request', 'radius must be'],
    ['too many matches', { metric: 'm', limit: 1001 }, 'bad-request', 'limit must be'],
    ['too deep a page', { metric: 'm', offset: 1e9 }, 'bad-request', 'offset must be'],
    ['a curve with a hole', { values: [1, NaN] }, 'bad-request', 'values[1] is no finite number'],
    ['a curve of one point', { values: [1] }, 'too-few-points', 'values has 1'],
    ['an empty curve', { values: [] }, 'too-few-points', 'values has 0'],
    ['too many exclusions', { metric: 'm', exclude: Array<string>(101).fill('a') }, 'bad-request', 'exclude has more than 100'],
    ['an exclusion that is no pattern', { metric: 'm', exclude: ['/(/'] }, 'bad-pattern', ''],
  ])('refuses %s', (_, request, code, message) => {
    expect(() => searchPlan(request)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error);
  });
});
