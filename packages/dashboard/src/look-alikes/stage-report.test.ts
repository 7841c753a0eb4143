import { describe, expect, it } from 'vitest';
import { stageReport } from './stage-report.js';

describe('stageReport', () => {
  it('tells each stage and the time of the whole', () => {
    const stages = [{ name: 'candidates', candidates: 1512, tookMs: 4 }, { name: 'lowerBound', candidates: 48, tookMs: 2 }, { name: 'dtw', candidates: 12, tookMs: 9 }];
    expect(stageReport({ stages, length: 60, tookMs: 18.4 })).toBe('1,512 candidates → 48 lower bound → 12 dtw; 60 points each, 18 ms');
    expect(stageReport({ stages: [], length: 1, tookMs: 0.26 })).toBe('1 point each, 0.3 ms');
  });
});
