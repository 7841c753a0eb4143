import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupIncidents, longestGatheringSeconds, togetherSeconds } from './group-incidents.js';

const anomaly = (id: string, start: number, score = 50, end: number | null = null) => ({ id, metric: `m.${id}`, start, end, score, state: end === null ? ('open' as const) : ('closed' as const) });

describe('groupIncidents', () => {
  it('puts together what started together, who moved first leading', () => {
    const [incident, earlier] = groupIncidents([anomaly('late', 1120, 90), anomaly('first', 1000, 30, 1500), anomaly('mid', 1060, 60, 1200), anomaly('before', 100, 40, 400)]);
    expect(incident).toEqual({ id: 'first', state: 'open', start: 1000, end: null, leader: 'm.first', anomalies: ['first', 'mid', 'late'], metrics: ['m.first', 'm.mid', 'm.late'], score: 90, related: [] });
    expect(earlier).toMatchObject({ id: 'before', state: 'closed', end: 400 });
  });

  it('begins a new one when a steady trickle has gone on for long', () => {
    const trickle = Array.from({ length: 40 }, (_, i) => anomaly(`t${i}`, i * 60));
    expect(groupIncidents(trickle).length).toBeGreaterThanOrEqual(Math.floor((40 * 60) / (longestGatheringSeconds + 60)));
  });

  it('gives each anomaly one incident, the same in whatever order they come', () => {
    const some = fc.uniqueArray(fc.nat(5000), { maxLength: 30 }).map((starts) => starts.map((start, i) => anomaly(`a${i}`, start)));
    fc.assert(fc.property(some, fc.integer(), (anomalies, seed) => {
      const shuffled = [...anomalies].sort((a, b) => ((a.start * 7919 + seed) % 97) - ((b.start * 7919 + seed) % 97));
      const incidents = groupIncidents(shuffled);
      expect(incidents).toEqual(groupIncidents(anomalies));
      expect(incidents.flatMap((one) => one.anomalies).sort()).toEqual(anomalies.map(({ id }) => id).sort());
      for (let i = 1; i < incidents.length; i += 1) expect(incidents[i - 1]!.start).toBeGreaterThan(incidents[i]!.start + (incidents[i]!.anomalies.length === 1 ? togetherSeconds : 0));
    }));
  });
});
