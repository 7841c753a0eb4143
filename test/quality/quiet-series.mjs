// Metrics on which nothing is wrong, of eight kinds; every series draws its own parameters. Knows nothing of any detector.
import { createRandom } from './random.mjs';

const day = 86_400;

/**
 * Each kind: (random, interval in seconds) => { next: (time) => value, noise? }, `noise` being the standard deviation of what cannot be foretold: the
 * unit in which incidents are sized. Where nothing but the whole series is that, it is left out, and is the series' own.
 */
export const kinds = {
  /** White, autocorrelated, uniform or rounded noise about a level. */
  noise(random) {
    const level = random.size(1, 1e5);
    const noise = level * random.size(0.005, 0.3);
    const memory = random.pick([0, 0, 0.5, 0.8]);
    const shape = random.pick(['normal', 'normal', 'uniform', 'rounded']);
    let deviation = 0;
    const draw = () => (shape === 'uniform' ? random.between(-Math.sqrt(3), Math.sqrt(3)) : random.normal());
    const next = () => {
      deviation = memory * deviation + Math.sqrt(1 - memory ** 2) * draw();
      const value = level + noise * deviation;
      return shape === 'rounded' ? Math.round(value) : value;
    };
    return { next, noise };
  },

  daily(random) {
    const level = random.size(10, 1e5);
    const course = dailyCourse(random, level * random.between(0.1, 0.8));
    const noise = level * random.size(0.01, 0.1);
    return { next: (time) => level + course(time) + noise * random.normal(), noise };
  },

  /** A daily course whose weekends are lower. */
  weekly(random) {
    const level = random.size(10, 1e5);
    const course = dailyCourse(random, level * random.between(0.1, 0.6));
    const weekend = random.between(0.2, 0.8);
    const firstDay = Math.floor(random.between(0, 7));
    const noise = level * random.size(0.01, 0.08);
    const factor = (time) => ((Math.floor(time / day) + firstDay) % 7 >= 5 ? weekend : 1);
    return { next: (time) => (level + course(time)) * factor(time) + noise * random.normal(), noise };
  },

  /** Bursts of random height at random times, a job at fixed hours, or two states in turn. */
  bursty(random, interval) {
    const level = random.size(1, 1000);
    const noise = level * random.size(0.02, 0.3);
    const height = level * random.size(2, 20);
    const burst = random.pick([randomBursts, randomBursts, batchJob, twoStates])(random, interval);
    return { next: (time) => Math.max(0, level + noise * random.normal() + height * burst(time)) };
  },

  /** Mostly zero; now and then a small count, in some by the time of day. */
  sparse(random) {
    const share = random.size(0.002, 0.08);
    const mean = random.pick([0, 0.5, 3]);
    const course = random.uniform() < 0.3 ? dailyCourse(random, 0.8) : () => 0;
    const next = (time) => (random.uniform() < share * (1 + course(time)) ? 1 + random.poisson(mean) : 0);
    return { next };
  },

  /** Rises by a noisy rate with a daily course; some start again from zero every few days. */
  counter(random, interval) {
    const rate = random.size(1, 1e4) * interval;
    const course = dailyCourse(random, random.between(0, 0.7));
    const spread = random.size(0.02, 0.2);
    const resets = random.pick([0, 0, interval / (7 * day), interval / (3 * day)]);
    let total = Math.floor(random.size(1, 1e8));
    const next = (time) => {
      if (random.uniform() < resets) total = 0;
      return (total += Math.max(0, Math.round(rate * (1 + course(time)) * (1 + spread * random.normal()))));
    };
    return { next, noise: rate * spread };
  },

  /** Log-normal, Pareto, Student's t or gamma: latencies, sizes, waits. */
  heavy(random) {
    const level = random.size(1, 1000);
    const spread = random.between(0.3, 1);
    const power = random.between(2.5, 4);
    const shapes = {
      lognormal: () => Math.exp(spread * random.normal()),
      pareto: () => (1 - random.uniform()) ** (-1 / power),
      student: () => 20 + random.normal() / Math.sqrt((random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2) / 3),
      gamma: () => random.exponential(1) + random.exponential(1),
    };
    const draw = shapes[random.pick(['lognormal', 'lognormal', 'pareto', 'student', 'gamma'])];
    return { next: () => level * draw() };
  },

  /** A line, a random walk, a slow return to the mean, or a wave of weeks, under noise. */
  drifting(random, interval) {
    const level = random.size(100, 1e5);
    const noise = level * random.size(0.005, 0.05);
    const course = random.pick([line, walk, meanReverting, slowWave])(random, day / interval, level, noise);
    return { next: (time) => level + course(time) + noise * random.normal(), noise };
  },
};

function dailyCourse(random, height) {
  const [first, second, overtone] = [random.between(0, day), random.between(0, day), random.between(0, 0.5)];
  return (time) => (height * (Math.sin((2 * Math.PI * (time - first)) / day) + overtone * Math.sin((4 * Math.PI * (time - second)) / day))) / (1 + overtone);
}

function randomBursts(random, interval) {
  const [every, lasting] = [random.size(1800, day), Math.max(interval, random.size(300, 7200))];
  let [left, height] = [0, 0];
  return () => {
    if (left <= 0 && random.uniform() < interval / every) {
      left = Math.ceil(random.exponential(lasting) / interval);
      height = Math.exp(0.4 * random.normal());
    }
    left -= 1;
    return left >= 0 ? height * (1 + 0.1 * random.normal()) : 0;
  };
}

function batchJob(random, interval) {
  const period = random.pick([3600, 21_600, day]);
  const lasting = Math.max(interval, Math.min(random.size(300, 7200), period / 3));
  return (time) => (time % period < lasting ? 1 + 0.1 * random.normal() : 0);
}

function twoStates(random, interval) {
  const [every, lasting] = [random.size(1800, day), random.size(300, 7200)];
  let on = false;
  return () => {
    if (random.uniform() < interval / (on ? lasting : every)) on = !on;
    return on ? 1 + 0.15 * random.normal() : 0;
  };
}

function line(random, perDay, level) {
  const slope = (random.between(-0.03, 0.03) * level) / perDay;
  let row = 0;
  return () => slope * (row += 1);
}

function walk(random, perDay, _level, noise) {
  let at = 0;
  return () => (at += ((3 * noise) / Math.sqrt(perDay)) * random.normal());
}

function meanReverting(random, perDay, _level, noise) {
  const pull = 1 / (random.between(0.5, 5) * perDay);
  let at = 0;
  return () => (at += -pull * at + 5 * noise * Math.sqrt(2 * pull) * random.normal());
}

function slowWave(random, _perDay, level) {
  const period = random.between(10, 40) * day;
  return (time) => 0.3 * level * Math.sin((2 * Math.PI * time) / period);
}

/** Series of each kind: {kind, interval, noise, timestamps, values}. One seed, the same series. */
export function* quietSeries({ seed, perKind, interval, weeks }) {
  let number = 0;
  for (const [kind, make] of Object.entries(kinds)) {
    for (let one = 0; one < perKind; one += 1) {
      number += 1;
      const random = createRandom(Math.imul(seed, 7919) + Math.imul(number, 104_729) + interval);
      const { next, noise } = make(random, interval);
      const start = Math.ceil(1_700_000_000 / interval) * interval + Math.floor(random.between(0, 7)) * day;
      const timestamps = Float64Array.from({ length: Math.floor((weeks * 7 * day) / interval) }, (_, row) => start + row * interval);
      const values = timestamps.map(next);
      yield { kind, interval, noise: noise ?? deviationOf(values), timestamps, values };
    }
  }
}

function deviationOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
