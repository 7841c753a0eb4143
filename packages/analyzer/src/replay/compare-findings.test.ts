import type { AnomalyFinding } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { compareFindings } from './compare-findings.js';

function finding(id: string, start: number, end: number | null, overrides: Partial<AnomalyFinding> = {}): AnomalyFinding {
  const state = end === null ? 'open' : 'closed';
  return { id, metric: 'm', kind: 'deviation', state, start, end, peak: start, value: 1, score: 70, expected: null, votes: {}, detectors: [], explanation: '', lastFlagged: end ?? start, updated: 0, ...overrides };
}

const compared = (found: AnomalyFinding[], recorded: AnomalyFinding[]) => {
  const { write, added, changed, missing } = compareFindings(found, recorded, 0);
  return { write: write.map(({ id }) => id), added, changed, missing };
};

describe('compareFindings', () => {
  it('adds what is new and tells what was not found again', () => {
    expect(compared([finding('new', 10, 20)], [finding('old', 100, 110)])).toEqual({ write: ['new'], added: ['new'], changed: [], missing: ['old'] });
  });

  it('writes nothing where all is as recorded', () => {
    expect(compared([finding('a', 10, 20)], [finding('a', 10, 20)])).toEqual({ write: [], added: [], changed: [], missing: [] });
  });

  it('takes the id of the recorded finding it overlaps, so that what people said stays with it', () => {
    expect(compared([finding('b', 15, 30)], [finding('a', 10, 20)])).toEqual({ write: ['a'], added: [], changed: ['a'], missing: [] });
  });

  it('leaves alone what is recorded as open', () => {
    expect(compared([finding('b', 15, 30)], [finding('a', 10, null)])).toEqual({ write: [], added: [], changed: [], missing: [] });
  });

  it('never takes one recorded finding for two, nor one of another kind', () => {
    const recorded = [finding('a', 10, 40), finding('s', 50, 60, { kind: 'stopped' })];
    expect(compared([finding('b', 15, 20), finding('c', 30, 35), finding('d', 50, 55)], recorded)).toEqual({ write: ['c', 'd', 'a'], added: ['c', 'd'], changed: ['a'], missing: ['s'] });
  });
});
