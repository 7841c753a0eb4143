import type { Sample } from '@skylark/core';
import { expect, it } from 'vitest';
import { createStages } from './stages.js';

const counter = (name: string, value: number, labels: Record<string, string> = {}): Sample => ({ name, help: '', kind: 'counter', labels, value });

function setUp() {
  let elapsed = 0;
  let samples: Sample[] = [];
  const clock = { now: () => 0, elapsedMs: () => elapsed, sleep: () => Promise.resolve() };
  const stages = createStages({ sampler: () => samples, canaryLagSeconds: () => 0.5, clock });
  return {
    after: (ms: number, given: Sample[]) => {
      elapsed += ms;
      samples = given;
      return Object.fromEntries(stages().map((stage) => [stage.name, stage]));
    },
  };
}

it('names the four stages, with no rate before there are two readings', () => {
  const stages = setUp().after(0, [counter('skylark_ingest_accepted_total', 1000)]);
  expect(Object.keys(stages)).toEqual(['horizon', 'analyzer', 'importer', 'scorer']);
  expect(stages['horizon']).toEqual({ name: 'horizon', ratePerSecond: 0, lagSeconds: 0.5, dropped: 0 });
});

it('sums a rate over all labels, between readings', () => {
  const { after } = setUp();
  const accepted = (tcp: number, udp: number) => [counter('skylark_ingest_accepted_total', tcp, { protocol: 'carbon-tcp' }), counter('skylark_ingest_accepted_total', udp, { protocol: 'carbon-udp' })];
  after(0, accepted(0, 0));
  expect(after(2000, accepted(100, 60))['horizon']?.ratePerSecond).toBe(80);
});

it('gives two pages that ask at once the same rate', () => {
  const { after } = setUp();
  const accepted = (value: number) => [counter('skylark_ingest_accepted_total', value)];
  after(0, accepted(0));
  after(4000, accepted(400));
  expect(after(1, accepted(400))['horizon']?.ratePerSecond).toBeCloseTo(100, 0);
  expect(after(1, accepted(400))['horizon']?.ratePerSecond).toBeCloseTo(100, 0);
});

it('never shows a rate below zero, as when a thread began again', () => {
  const { after } = setUp();
  after(0, [counter('skylark_searches_total', 50)]);
  expect(after(3000, [counter('skylark_searches_total', 1)])['scorer']?.ratePerSecond).toBe(0);
});

it('counts slots that were not judged as dropped', () => {
  const slots = [counter('skylark_analyzer_slots_total', 9, { result: 'judged' }), counter('skylark_analyzer_slots_total', 2, { result: 'coalesced' }), counter('skylark_analyzer_slots_total', 3, { result: 'skipped' })];
  expect(setUp().after(0, slots)['analyzer']?.dropped).toBe(5);
});
