/**
 * A curve as words (Oculus): how steeply each step falls or rises on a scale of 25, quiet steps left out.
 *
 * Scaled to ceil(25 / (max - min) * (x - min)) (0 where that is no number); each difference d = x_i - x_{i+1} is named by the first
 * interval that holds it: `sdec` [4, inf), `dec` [1, 4], `s` [-1, 1] (dropped), `inc` [-4, -1], `sinc` (-inf, -4].
 * Misleads on noisy curves, where words are chance; as a candidate stage it keeps about half of the true nearest. `shapeVector` is the better one.
 *
 * @param values finite, any length
 * @returns words joined by single spaces; '' for a flat, short or slowly changing curve
 * @example fingerprint(Float64Array.of(0, 25, 24, 22)) // 'sinc dec dec'
 */
export function fingerprint(values: Float64Array): string {
  const scaled = scale(values);
  const words: string[] = [];
  for (let i = 0; i + 1 < scaled.length; i += 1) {
    const word = wordOf(scaled[i]! - scaled[i + 1]!);
    if (word !== null) words.push(word);
  }
  return words.join(' ');
}

function scale(values: Float64Array): Float64Array {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i += 1) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  const factor = 25 / (high - low);
  return values.map((value) => {
    const scaled = Math.ceil(factor * (value - low));
    return Number.isNaN(scaled) ? 0 : scaled;
  });
}

function wordOf(fall: number): string | null {
  if (fall >= 4) return 'sdec';
  if (fall >= 1) return 'dec';
  if (fall >= -1) return null;
  if (fall >= -4) return 'inc';
  return Number.isNaN(fall) ? null : 'sinc';
}
