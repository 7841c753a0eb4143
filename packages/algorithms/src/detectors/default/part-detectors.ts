import type { Detector, Finding } from '../detector.js';
import { silent } from '../detector.js';
import type { SeriesView } from '../series-view.js';
import { defaultStreamSettings } from '../stream-detector.js';
import type { StreamReport } from '../stream-detector.js';
import { defaultDetector } from './default-detector.js';

/** What the default detector says of the last of a series' datapoints, having gone through all of them; days and weeks by UTC. */
export function replayDefault({ timestamps, values }: Pick<SeriesView, 'timestamps' | 'values'>): { readonly level: number; readonly report: StreamReport } {
  const state = new Float64Array(defaultDetector.stateLength);
  for (let i = 0; i < values.length; i += 1) defaultDetector.step(state, timestamps[i]!, values[i]!, defaultStreamSettings);
  return { level: defaultDetector.level(state), report: defaultDetector.report(state, defaultStreamSettings) };
}

/** The parts of the default detector as detectors of a window, for settings and rules that name some of them. */
export const defaultParts: readonly Detector[] = defaultDetector.parts.map((name) => ({ name, cost: 8000, judge: (view) => findingOf(name, view) }));

function findingOf(name: string, view: SeriesView): Finding {
  const { report } = replayDefault(view);
  const part = report.detectors.find((one) => one.name === name);
  return part === undefined ? silent('There is no such part.') : { ...part, expected: report.expected };
}
