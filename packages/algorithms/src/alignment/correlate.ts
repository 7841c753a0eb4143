/** Below this many products a plain double loop is faster than three transforms. */
const plainBelow = 60_000;

/**
 * Sliding dot products of a pattern along a curve: `answer[k] = sum over i of pattern[i] x curve[k + i]` for every place it fits.
 *
 * Long ones go through the Fourier transform (as in MASS, Mueen et al. 2017): time grows with n log n. Rounding then is about 1e-15 of the
 * product of the norms, so a curve far from zero is centred first by the caller.
 *
 * @returns curve.length - pattern.length + 1 sums; empty where the pattern is the longer one
 * @example correlate(Float64Array.of(1, 2), Float64Array.of(1, 0, 3)) // [1, 6]
 */
export function correlate(pattern: Float64Array, curve: Float64Array): Float64Array {
  const places = Math.max(0, curve.length - pattern.length + 1);
  return pattern.length * places < plainBelow ? correlatePlainly(pattern, curve, places) : correlateByTransform(pattern, curve, places);
}

export function correlatePlainly(pattern: Float64Array, curve: Float64Array, places: number): Float64Array {
  const sums = new Float64Array(places);
  for (let k = 0; k < places; k += 1) {
    let sum = 0;
    for (let i = 0; i < pattern.length; i += 1) sum += pattern[i]! * curve[k + i]!;
    sums[k] = sum;
  }
  return sums;
}

/** Both real columns travel in one complex transform: the curve as its real part, the reversed pattern as its imaginary one. */
export function correlateByTransform(pattern: Float64Array, curve: Float64Array, places: number): Float64Array {
  const size = 2 ** Math.ceil(Math.log2(curve.length + pattern.length - 1));
  const [real, imaginary] = [new Float64Array(size), new Float64Array(size)];
  real.set(curve);
  for (let i = 0; i < pattern.length; i += 1) imaginary[i] = pattern[pattern.length - 1 - i]!;
  transform(real, imaginary, 1);
  multiplyParts(real, imaginary);
  transform(real, imaginary, -1);
  return real.slice(pattern.length - 1, pattern.length - 1 + places).map((sum) => sum / size);
}

/** From the transform Z of x + iy to that of the convolution of x and y: X = (Z[k] + conj Z[-k]) / 2, Y = (Z[k] - conj Z[-k]) / 2i. */
function multiplyParts(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  for (let k = 0; k <= size / 2; k += 1) {
    const mirror = (size - k) % size;
    const [a, b, c, d] = [real[k]!, imaginary[k]!, real[mirror]!, imaginary[mirror]!];
    const [xr, xi, yr, yi] = [(a + c) / 2, (b - d) / 2, (b + d) / 2, (c - a) / 2];
    const [productReal, productImaginary] = [xr * yr - xi * yi, xr * yi + xi * yr];
    real[k] = productReal;
    imaginary[k] = productImaginary;
    real[mirror] = productReal;
    imaginary[mirror] = -productImaginary;
  }
}

/** Cooley and Tukey's, radix 2, in place; `direction` 1 forward, -1 back without dividing by the size. */
function transform(real: Float64Array, imaginary: Float64Array, direction: 1 | -1): void {
  const size = real.length;
  for (let i = 1, j = 0; i < size; i += 1) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j]!, real[i]!];
      [imaginary[i], imaginary[j]] = [imaginary[j]!, imaginary[i]!];
    }
  }
  for (let length = 2; length <= size; length *= 2) butterflies(real, imaginary, { half: length / 2, angle: (-direction * 2 * Math.PI) / length });
}

function butterflies(real: Float64Array, imaginary: Float64Array, { half, angle }: { half: number; angle: number }): void {
  for (let k = 0; k < half; k += 1) {
    const [cosine, sine] = [Math.cos(angle * k), Math.sin(angle * k)];
    for (let even = k; even < real.length; even += 2 * half) {
      const odd = even + half;
      const r = real[odd]! * cosine - imaginary[odd]! * sine;
      const i = real[odd]! * sine + imaginary[odd]! * cosine;
      real[odd] = real[even]! - r;
      imaginary[odd] = imaginary[even]! - i;
      real[even] = real[even]! + r;
      imaginary[even] = imaginary[even]! + i;
    }
  }
}
