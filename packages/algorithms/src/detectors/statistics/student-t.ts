import { gammaln, probit } from 'simple-statistics';

/**
 * Upper tail of Student's t distribution: P(T > t) for t > 0.
 * Half the regularised incomplete beta function I_x(df/2, 1/2) at x = df / (df + t²), by Lentz' continued fraction
 * (Press et al., Numerical Recipes, 6.4). Relative error about 1e-12.
 */
export function studentTail(t: number, df: number): number {
  const a = df / 2;
  const x = df / (df + t * t);
  const logFront = gammaln(a + 0.5) - gammaln(a) - gammaln(0.5) - a * Math.log1p((t * t) / df) + 0.5 * Math.log((t * t) / (df + t * t));
  const front = Math.exp(logFront);
  if (x < (a + 1) / (a + 2.5)) return (0.5 * front * betaFraction(x, a, 0.5)) / a;
  return 0.5 * (1 - (front * betaFraction((t * t) / (df + t * t), 0.5, a)) / 0.5);
}

/**
 * The t with P(T > t) = `tail`, for a tail below 1/2 and at least one degree of freedom: scipy's `t.isf`.
 * Newton on log P against log t (a straight line for heavy tails), from the normal quantile with its first corrections.
 *
 * @example studentQuantile(0.025, 10) // 2.2281388519649...
 */
export function studentQuantile(tail: number, df: number): number {
  if (df === 1) return 1 / Math.tan(Math.PI * tail);
  if (df === 2) return (1 - 2 * tail) / Math.sqrt(2 * tail * (1 - tail));
  const z = -probit(tail);
  let t = z + (z ** 3 + z) / (4 * df) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * df * df);
  for (let round = 0; round < 100; round += 1) {
    const p = studentTail(t, df);
    const step = (Math.log(p / tail) * p) / (t * studentDensity(t, df));
    t *= Math.exp(Math.max(-1, Math.min(1, step)));
    if (Math.abs(step) < 1e-13) break;
  }
  return t;
}

function studentDensity(t: number, df: number): number {
  return Math.exp(gammaln((df + 1) / 2) - gammaln(df / 2) - ((df + 1) / 2) * Math.log1p((t * t) / df)) / Math.sqrt(df * Math.PI);
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}
