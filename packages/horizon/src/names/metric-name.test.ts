import { describe, expect, it } from 'vitest';
import { hostileNames } from '../../oracle/hostile-names.js';
import { checkMetricName } from './metric-name.js';

describe('checkMetricName', () => {
  it('takes names of 1 to the limit bytes', () => {
    expect([checkMetricName('a', 1), checkMetricName('', 1), checkMetricName('é', 1), checkMetricName('é', 2)]).toEqual([null, 'bad-name', 'bad-name', null]);
  });

  it('tells the usable from the unusable of more than 300 hostile names', () => {
    const names = hostileNames();
    expect(names.length).toBeGreaterThan(300);
    for (const { name, usable } of names) expect(checkMetricName(name, 1024) === null, JSON.stringify(name.slice(0, 80))).toBe(usable);
  });
});
