import type { NameMatcher } from '@skylark/core';

/**
 * Which metrics a filter over anomalies means: a glob, /regex/ or =name as in name search; else every word must occur in the name, in any case.
 *
 * @example anomalyMatcher('eu lat', compileMatcher)('web.EU-1.latency') // true
 */
export function anomalyMatcher(query: string, compileMatcher: (pattern: string) => NameMatcher): NameMatcher {
  if (query.startsWith('=')) return (metric) => metric === query.slice(1);
  if (/[*?{[]/.test(query) || (query.length > 1 && query.startsWith('/') && query.endsWith('/'))) return compileMatcher(query);
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return (metric) => {
    const lower = metric.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}
