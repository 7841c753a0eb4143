import { describe, expect, it } from 'vitest';
import { evenSeries } from '../../oracle/even-series.js';
import { fromSteps, silent } from './detector.js';
import type { Detector } from './detector.js';
import { askDetectors } from './ensemble/ask-detectors.js';
import { detectorNames, detectors, ensembles, nine } from './registry.js';
import { seriesView } from './series-view.js';

const settings = { fullDuration: 86_400, dialect: 'fixed' } as const;

/** A tenth as a stranger would write it, once of each kind: the last value is above all before it. */
const record: Detector = {
  name: 'record',
  cost: 2,
  judge: ({ values, last }) => ({ ...silent(`The last value is ${last}.`), vote: values.subarray(0, -1).every((value) => value < last) }),
};
const recordByStep = fromSteps<{ readonly highest: number | null }>({
  name: 'record_by_step',
  cost: 2,
  initial: { highest: null },
  step: ({ highest }, { value }) => ({ state: { highest: Math.max(value, highest ?? value) }, finding: { ...silent(`The value is ${value}.`), vote: highest === null || value > highest } }),
});

describe('a detector', () => {
  it('may be a function of the window or a step, and says the same', () => {
    for (const values of [[1], [1, 2, 3], [3, 2, 1], [1, 1]]) {
      const view = seriesView(evenSeries(values), 0);
      expect(recordByStep.judge(view, settings).vote).toBe(record.judge(view, settings).vote);
    }
  });

  it('keeps its state from step to step, as plain data', () => {
    let state = recordByStep.initial;
    const votes = [2, 1, 3, 3].map((value, timestamp) => {
      const step = recordByStep.step(JSON.parse(JSON.stringify(state)) as typeof state, { timestamp, value }, settings);
      ({ state } = step);
      return step.finding.vote;
    });
    expect(votes).toEqual([true, false, true, false]);
  });

  it('joins an ensemble by being in its list', () => {
    const hearing = askDetectors(seriesView(evenSeries([1, 2, 9]), 0), { detectors: [...nine, record], consensus: 1, settings, allVotes: true });
    expect(hearing.answers.at(-1)!.report).toMatchObject({ name: 'record', vote: true });
    expect(hearing).toMatchObject({ enabled: 10, anomalous: true });
  });

  it('that throws ends the hearing as normal, with its name', () => {
    const broken: Detector = { name: 'broken', cost: 0, judge: () => { throw new Error('no such thing'); } };
    const hearing = askDetectors(seriesView(evenSeries([1, 2, 9]), 0), { detectors: [record, broken], consensus: 1, settings, allVotes: false });
    expect(hearing).toMatchObject({ anomalous: false, failure: 'error: broken: no such thing' });
    expect(hearing.answers.map(({ report }) => report.vote)).toEqual([true, null]);
  });
});

describe('the registry', () => {
  it("has Skyline's nine in Skyline's order, names unique", () => {
    expect(ensembles.nine.map(({ name }) => name)).toEqual([
      'first_hour_average', 'mean_subtraction_cumulation', 'stddev_from_average', 'stddev_from_moving_average', 'least_squares',
      'grubbs', 'histogram_bins', 'median_absolute_deviation', 'ks_test',
    ]);
    expect(new Set(detectorNames).size).toBe(detectors.length);
  });
});
