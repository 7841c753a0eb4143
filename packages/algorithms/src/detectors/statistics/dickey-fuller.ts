/** MacKinnon's (1994) approximation of the p-value with a constant: the normal distribution at c0 + c1 tau + c2 tau². */
const [c0, c1, c2] = [2.1659, 1.4412, 0.038269];
const normalQuantileOf5Percent = -1.6448536269514722;

/** Below this tau the p-value is under 0.05: about -2.8616. */
export const stationaryTau = (-c1 + Math.sqrt(c1 * c1 - 4 * c2 * (c0 - normalQuantileOf5Percent))) / (2 * c2);

const maxLag = 10;

/**
 * The augmented Dickey-Fuller statistic tau of a series, with a constant and up to ten lagged differences, their number
 * chosen by AIC: `adfuller(x, 10)` of statsmodels. Low means stationary: see `stationaryTau`.
 *
 * The differences are regressed on [1, level before, lagged differences]. All lags are compared on the same rows; the best
 * is then fitted on every row it has. NaN where there is no answer: fewer than 24 values, a constant, a perfect fit.
 */
export function dickeyFullerTau(values: Float64Array): number {
  if (values.length < 24 || values.every((value) => value === values[0])) return NaN;
  return tauWithLags(values, bestLag(values));
}

/** The number of lags with the least Akaike criterion n ln(ssr) + 2 rank; the fewest among equals. */
function bestLag(values: Float64Array): number {
  const fit = startFit(values, maxLag);
  add(fit, ones(fit.rows));
  add(fit, level(values, maxLag));
  let [best, least] = [0, criterion(fit)];
  for (let lag = 1; lag <= maxLag; lag += 1) {
    add(fit, difference(values, maxLag, lag));
    const now = criterion(fit);
    if (now < least) [best, least] = [lag, now];
  }
  return best;
}

/** The t value of the level's coefficient. The level goes in last, so its t value is its projection over the residual's deviation. */
function tauWithLags(values: Float64Array, lags: number): number {
  const fit = startFit(values, lags);
  add(fit, ones(fit.rows));
  for (let lag = 1; lag <= lags; lag += 1) add(fit, difference(values, lags, lag));
  const projection = add(fit, level(values, lags));
  return projection / Math.sqrt(dot(fit.residual, fit.residual) / (fit.rows - fit.basis.length));
}

/** A least-squares fit that grows by a column at a time (modified Gram-Schmidt). */
interface Fit {
  readonly rows: number;
  /** What the columns so far do not explain. */
  readonly residual: Float64Array;
  /** Orthonormal; its length is the rank. */
  readonly basis: Float64Array[];
}

function startFit(values: Float64Array, lags: number): Fit {
  const residual = difference(values, lags, 0);
  return { rows: residual.length, residual, basis: [] };
}

/** Takes a column in (it is overwritten) and returns the residual's projection on it; NaN if it adds nothing to the others. */
function add({ residual, basis }: Fit, column: Float64Array): number {
  const before = Math.sqrt(dot(column, column));
  for (const unit of basis) subtract(column, unit, dot(column, unit));
  const after = Math.sqrt(dot(column, column));
  if (!(after > 1e-12 * before)) return NaN;
  for (let i = 0; i < column.length; i += 1) column[i] = column[i]! / after;
  const projection = dot(residual, column);
  subtract(residual, column, projection);
  basis.push(column);
  return projection;
}

const criterion = ({ rows, residual, basis }: Fit): number => rows * Math.log(dot(residual, residual)) + 2 * basis.length;

const ones = (rows: number): Float64Array => new Float64Array(rows).fill(1);

/** The value before each difference, from the mean: the constant takes the shift up, and nothing cancels. */
function level(values: Float64Array, lags: number): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.slice(lags, values.length - 1).map((value) => value - mean);
}

/** The differences `lag` rows ago, in the rows that have all `lags` of them. */
function difference(values: Float64Array, lags: number, lag: number): Float64Array {
  const out = new Float64Array(values.length - 1 - lags);
  for (let i = 0; i < out.length; i += 1) out[i] = values[i + lags + 1 - lag]! - values[i + lags - lag]!;
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

function subtract(from: Float64Array, unit: Float64Array, times: number): void {
  for (let i = 0; i < from.length; i += 1) from[i] = from[i]! - times * unit[i]!;
}
