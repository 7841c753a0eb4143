import type { Memory } from './tail.js';

/**
 * Whether the recent course looks like anything seen before.
 *
 * The course is five exponential means of the values, from the value itself to the last hundred datapoints or so: a sketch of shape and level that
 * needs no window. Up to 45 prototypes of it are kept, in the metric's unit. A course further than `radius` scales from all of them (mean over the
 * five, a scale being the long-run root mean square deviation) is new: it becomes a prototype, in place of the oldest. How rare that is follows from how
 * often it happened, and how far it went. What has become a prototype is no news any more, so nothing is told twice.
 *
 * After the family of fuzzy ART (Carpenter, Grossberg, Rosen 1991), reduced to nearest prototypes.
 */
const [level, square, noveltyShare, kept, next, means] = [0, 1, 2, 3, 4, 5];
const gains = [1, 0.3, 0.1, 0.03, 0.01] as const;
const width = gains.length;
const prototypes = means + width;
const mostPrototypes = 45;

export const noveltyLength = prototypes + mostPrototypes * width;

const scaleGain = 0.0005;
const radius = 0.3;
const prototypeGain = 0.02;
const shareGain = 0.0003;
const leastShare = 1e-4;
const distanceWeight = 4;
const warmUp = 150;

/** Takes a value in; -ln of how rare a course like this one is, 0 if it is like one of before. */
export function noveltyEvidence(state: Float64Array, at: number, value: number, { seen, pace }: Memory): number {
  const scale = follow(state, at, value, { seen, pace });
  if (!(scale > 0)) return 0;
  const count = state[at + kept]!;
  let nearest = Infinity;
  let which = 0;
  for (let p = 0, o = at + prototypes; p < count; p += 1, o += width) {
    let distance = 0;
    for (let i = 0; i < width; i += 1) distance += Math.abs(state[o + i]! - state[at + means + i]!);
    if (distance < nearest) {
      nearest = distance;
      which = o;
    }
  }
  const ratio = nearest / (width * scale * radius);
  const isNew = ratio > 1;
  const evidence = isNew && seen > warmUp && count > 0 ? distanceWeight * Math.log(ratio) - Math.log(state[at + noveltyShare]! + leastShare) : 0;
  state[at + noveltyShare]! += Math.max(shareGain * pace, 1 / seen) * ((isNew ? 1 : 0) - state[at + noveltyShare]!);
  if (isNew) remember(state, at, count);
  else for (let i = 0; i < width; i += 1) state[which + i]! += prototypeGain * (state[at + means + i]! - state[which + i]!);
  return evidence > 0 ? evidence : 0;
}

/** Moves means and scale; answers the scale of before this value once there is one to go by. */
function follow(state: Float64Array, at: number, value: number, { seen, pace }: Memory): number {
  const first = seen === 1;
  const gain = Math.max(scaleGain * pace, 1 / seen);
  const before = Math.sqrt(state[at + square]!);
  state[at + level] = first ? value : state[at + level]! + gain * (value - state[at + level]!);
  const deviation = value - state[at + level]!;
  state[at + square]! += gain * (deviation * deviation - state[at + square]!);
  for (let i = 0; i < width; i += 1) {
    const mean = at + means + i;
    state[mean] = first ? value : state[mean]! + Math.max(gains[i]!, 1 / seen) * (value - state[mean]!);
  }
  return seen > 30 && before > 0 ? before : Math.sqrt(state[at + square]!);
}

function remember(state: Float64Array, at: number, count: number): void {
  const place = count < mostPrototypes ? count : state[at + next]! % mostPrototypes;
  if (count < mostPrototypes) state[at + kept] = count + 1;
  else state[at + next] = place + 1;
  const o = at + prototypes + place * width;
  for (let i = 0; i < width; i += 1) state[o + i] = state[at + means + i]!;
}
