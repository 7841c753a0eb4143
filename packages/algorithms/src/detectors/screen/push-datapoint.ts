import { at, binSeconds, bucketLength, bucketsKept, bucketsPerWindow, decay, field, weightsOf } from './screen-layout.js';

/**
 * Takes one datapoint into the state of a screen, in place and in O(1). Timestamps ascend strictly: answers false, and changes nothing, for one that does
 * not (then the state is to be made anew from the window, for what was overwritten cannot be taken out again).
 */
export function pushDatapoint(state: Float64Array, timestamp: number, value: number, fullDuration: number): boolean {
  const count = state[at.count]!;
  if (count > 0 && !(timestamp > state[at.last]!)) return false;
  if (count > 0) addToBucket(state, state[at.last]!, state[at.last + 1]!, fullDuration);
  state[at.run] = count > 0 && value === state[at.last + 1] ? state[at.run]! + 1 : 1;
  state.copyWithin(at.last + 2, at.last, at.last + 4);
  state[at.last] = timestamp;
  state[at.last + 1] = value;
  state[at.greatest] = Math.max(state[at.greatest]!, Math.abs(value));
  state[at.count] = count + 1;
  countInBin(state, Math.floor(timestamp / binSeconds));
  return true;
}

function countInBin(state: Float64Array, bin: number): void {
  const on = bin - state[at.bin]!;
  if (on > 0) {
    state[at.inBins + 2] = on === 1 ? state[at.inBins + 1]! : on === 2 ? state[at.inBins]! : 0;
    state[at.inBins + 1] = on === 1 ? state[at.inBins]! : 0;
    state[at.inBins] = 0;
    state[at.bin] = bin;
  }
  state[at.inBins]! += 1;
}

/** Welford's update in two dimensions, and West's (1979) for decaying weights. */
function addToBucket(state: Float64Array, timestamp: number, value: number, fullDuration: number): void {
  const index = Math.floor(timestamp / (fullDuration / bucketsPerWindow));
  const b = at.buckets + (index % bucketsKept) * bucketLength;
  if (state[b + field.index] !== index || state[b + field.count] === 0) {
    state.fill(0, b, b + bucketLength);
    state[b + field.index] = index;
  }
  const count = (state[b + field.count]! += 1);
  const [away, awayTime] = [value - state[b + field.mean]!, timestamp - state[b + field.meanTime]!];
  state[b + field.mean]! += away / count;
  state[b + field.meanTime]! += awayTime / count;
  const left = value - state[b + field.mean]!;
  state[b + field.squares]! += away * left;
  state[b + field.squaresTime]! += awayTime * (timestamp - state[b + field.meanTime]!);
  state[b + field.products]! += awayTime * left;
  const weightedAway = value - state[b + field.weightedMean]!;
  state[b + field.weightedMean]! += weightedAway / weightsOf(count);
  state[b + field.weightedSquares] = decay * state[b + field.weightedSquares]! + weightedAway * (value - state[b + field.weightedMean]!);
}
