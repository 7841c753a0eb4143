import type { Range } from '@skylark/core';
import { phrase } from '../phrase.js';
import type { SeriesView } from '../series-view.js';
import type { EnsembleSettings } from './ensemble-settings.js';

/** Where a value stands to the bounds: outside them, on a side they vouch for, or not theirs to say. */
export type BoundsSay = 'outside' | 'inside' | 'nothing';

/**
 * What the bounds say of the last value. Beyond one of them: outside. Else inside, if the side it deviates to is bounded;
 * a null centre (not known yet) is inside only between two bounds.
 */
export function boundsSay({ low, high }: EnsembleSettings, last: number, centre: number | null): BoundsSay {
  if ((high !== null && last > high) || (low !== null && last < low)) return 'outside';
  if (low !== null && high !== null) return 'inside';
  if (centre === null || (low === null && high === null)) return 'nothing';
  return (last > centre ? high : low) === null ? 'nothing' : 'inside';
}

/**
 * Why the settings let a deviation pass, as a phrase; null if they do not. The deviation is that of the mean of the last
 * three values from the middle of what was expected (or from the mean of all, where no detector has a range).
 */
export function allowance(settings: EnsembleSettings, view: SeriesView, expected: Range | null): string | null {
  const { direction, minAbsolute, minRelative } = settings;
  const centre = centreOf(view, expected);
  const deviation = view.tail - centre;
  if (boundsSay(settings, view.last, centre) === 'inside') return `bounds: ${phrase(view.last)} is within ${boundsInWords(settings)}`;
  if (direction === 'up' && !(deviation > 0)) return 'direction: it fell, and only rises count';
  if (direction === 'down' && !(deviation < 0)) return 'direction: it rose, and only falls count';
  if (Math.abs(deviation) < minAbsolute) return `minAbsolute: it deviates by ${phrase(Math.abs(deviation))}, less than ${phrase(minAbsolute)}`;
  if (Math.abs(deviation) < minRelative * Math.abs(centre)) return `minRelative: it deviates by ${phrase(Math.abs(deviation / centre))} of what was expected, less than ${phrase(minRelative)}`;
  return null;
}

export function boundsInWords({ low, high }: EnsembleSettings): string {
  if (low === null) return `the bound of at most ${phrase(high ?? Infinity)}`;
  return high === null ? `the bound of at least ${phrase(low)}` : `the bounds ${phrase(low)} to ${phrase(high)}`;
}

function centreOf({ whole }: SeriesView, expected: Range | null): number {
  return expected === null ? whole().mean : expected.low / 2 + expected.high / 2;
}
