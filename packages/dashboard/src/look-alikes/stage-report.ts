import type { SearchAnswer } from '@skylark/core';
import { formatCount, formatTook, plural } from '../design/format.js';

/**
 * What a search did, on one line: how many went into each stage, and the time of the whole.
 *
 * @example stageReport(answer) // '512 candidates → 48 lower bound → 12 dtw; 512 points each, 18 ms'
 */
export function stageReport({ stages, length, tookMs }: Pick<SearchAnswer, 'stages' | 'length' | 'tookMs'>): string {
  const steps = stages.map(({ name, candidates }) => `${formatCount(candidates)} ${stageName(name)}`).join(' → ');
  return `${steps === '' ? '' : `${steps}; `}${plural(length, 'point')} each, ${formatTook(tookMs)}`;
}

/** `lowerBound` and `lower-bound` as words. */
export function stageName(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[-_]/g, ' ').toLowerCase();
}
