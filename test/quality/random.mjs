// Seeded randomness for generated series: the same seed, the same series. Imports nothing, least of all a detector.

/** mulberry32, with the distributions that series are made of. */
export function createRandom(seed) {
  let state = seed | 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    normal,
    between: (low, high) => low + (high - low) * uniform(),
    /** Uniform in the logarithm: a metric's size may be anything. */
    size: (low, high) => low * (high / low) ** uniform(),
    pick: (list) => list[Math.floor(uniform() * list.length)],
    exponential: (mean) => -mean * Math.log(1 - uniform()),
    poisson: (mean) => poisson(mean, uniform, normal),
  };
}

function poisson(mean, uniform, normal) {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
  let [count, probability, left] = [0, Math.exp(-mean), uniform()];
  while (left > probability && count < 500) {
    left -= probability;
    count += 1;
    probability *= mean / count;
  }
  return count;
}
