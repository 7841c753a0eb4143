import { gaussian, uniform } from './noise.js';
import { quietValue, rhythmlessValue, type SeriesModel } from './series-model.js';

export const incidentKinds = ['spike', 'dip', 'shift', 'drift', 'variance', 'stop', 'flat', 'missed-rhythm', 'change'] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/**
 * The kinds found at shipped settings. Not among them: a drift, which often becomes the new normal on its way, and a batch that did not run for an
 * hour, for courses are learned of the day and the week.
 */
export const kindsSeen: readonly IncidentKind[] = ['spike', 'dip', 'shift', 'variance', 'stop', 'flat', 'change'];

/**
 * The kinds that the nine find: those that take the newest values far out of a day's range, which six of them see; and a stop, which the
 * analyzer sees by itself. A value that stands still is `boring` to the nine, and a peak that did not come stays inside the range. A fall is seen only
 * as far as zero: grubbs looks upwards alone, and histogram_bins fires below for a tail that equals the minimum.
 */
export const kindsTheNineSee: readonly IncidentKind[] = ['spike', 'dip', 'shift', 'drift', 'variance', 'stop', 'change'];

/** A labelled disturbance of one metric during `[start, end)`, seconds. */
export interface Incident {
  readonly metric: string;
  readonly kind: IncidentKind;
  readonly start: number;
  readonly end: number;
  /** Members of a group share a shape, each `lagSeconds` after the first. */
  readonly group?: string;
  readonly lagSeconds?: number;
}

/** An incident with what its shape is made of. */
export interface PlannedIncident extends Incident {
  /** Length of its shape, by default its own: one that goes on after it stays as it is then. */
  readonly shapeSeconds?: number;
  /** How strong, in spreads of the metric. */
  readonly size: number;
  /** Same key, same shape: that of a group. */
  readonly shapeKey: number;
  /** It moves with its group, too little for an alarm: a look-alike that is not flagged. It has no label. */
  readonly faint?: true;
}

/** The labels among planned incidents. */
export const labelsOf = (incidents: readonly PlannedIncident[]): Incident[] => incidents.filter(({ faint }) => faint === undefined).map(labelOf);

function labelOf({ metric, kind, start, end, group, lagSeconds }: PlannedIncident): Incident {
  return { metric, kind, start, end, ...(group === undefined ? {} : { group }), ...(lagSeconds === undefined ? {} : { lagSeconds }) };
}

/** The value of a metric at a whole second, null where it has none: its quiet self, as its incidents leave it. Never below zero. */
export function valueAt(model: SeriesModel, incidents: readonly PlannedIncident[], time: number): number | null {
  const incident = incidents.find(({ start, end }) => time >= start && time < end);
  const value = incident ? disturbed(model, incident, time) : quietValue(model, time);
  return value === null ? null : Math.round(Math.max(0, value) * 1000) / 1000;
}

function disturbed(model: SeriesModel, incident: PlannedIncident, time: number): number | null {
  const quiet = quietValue(model, time);
  const { kind, start, end, size, shapeSeconds = end - start } = incident;
  const part = (time - start) / shapeSeconds;
  if (quiet === null || kind === 'stop') return null;
  const reach = size * model.spread;
  switch (kind) {
    case 'spike':
      return quiet + reach * surge(incident.shapeKey, part);
    case 'dip':
      return 0;
    case 'shift':
      return quiet + reach;
    case 'drift':
      return quiet + reach * Math.min(1, part);
    case 'variance':
      return quiet + reach * swingOf(model.key, start + shapeSeconds - time);
    case 'flat':
      return quietValue(model, Math.floor(start));
    case 'missed-rhythm':
      return rhythmlessValue(model, time);
    case 'change':
      return quiet + reach * (1 + 0.2 * Math.sin((2 * Math.PI * time) / 480) + 0.07 * gaussian(model.key ^ 4, time));
  }
}

/** Up and down without rest: mostly up, as metrics do that cannot fall below zero, and down for one minute in five, the last ones before its time is over being up. */
function swingOf(key: number, left: number): number {
  const strength = 0.55 + 0.45 * uniform(key ^ 7, Math.floor(left));
  return (((left % 300) + 300) % 300) > 240 ? -0.4 * strength : strength;
}

/** The shape of a spike by the part of its time that is over: it rises within a fifth, then heaves as its key says, and ends at once; 0 to about 1.4. */
function surge(shapeKey: number, part: number): number {
  const rise = Math.min(1, 5 * part + 0.25);
  const [waves, lift] = [1.5 + 2 * uniform(shapeKey, 1), 0.2 + 0.2 * uniform(shapeKey, 2)];
  return rise * (1 + lift * Math.sin(2 * Math.PI * (waves * part + uniform(shapeKey, 3))));
}
