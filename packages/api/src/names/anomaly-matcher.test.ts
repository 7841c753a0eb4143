import { compileMatcher } from '@skylark/algorithms';
import { describe, expect, it } from 'vitest';
import { anomalyMatcher } from './anomaly-matcher.js';

describe('anomalyMatcher', () => {
  it.each([
    ['web.*', 'web.eu.latency', true],
    ['web.*', 'db.web.latency', false],
    ['/^db\\./', 'db.web', true],
    ['/^db\\./', 'web.db.', false],
    ['=web.eu', 'web.eu', true],
    ['=web', 'web.eu', false],
    ['eu LAT', 'web.EU-1.latency', true],
    ['eu lat', 'web.us-1.latency', false],
    ['/var/log', 'disk./var/log.used', true],
  ])('%s on %s says %s', (query, metric, expected) => {
    expect(anomalyMatcher(query, compileMatcher)(metric)).toBe(expected);
  });
});
