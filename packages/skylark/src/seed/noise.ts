import { fnv1a } from '@skylark/core';

/** A 32-bit key of a seed and a name: what all chance about the name is drawn from. */
export function keyOf(seed: number, name: string): number {
  return mixed(fnv1a(name) ^ mixed(Math.imul(seed | 0, 0x9e3779b1)));
}

/** Uniform in [0, 1), always the same for a key and an index. */
export function uniform(key: number, index: number): number {
  return mixed(key ^ mixed(Math.imul(index | 0, 0x85ebca6b) ^ Math.floor(index / 2 ** 32))) / 2 ** 32;
}

/** Standard normal, always the same for a key and an index (Box and Muller 1958). */
export function gaussian(key: number, index: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(key, index)));
  return radius * Math.cos(2 * Math.PI * uniform(key ^ 0x5bd1e995, index));
}

/** Noise that wanders: normal values every `every` seconds, joined by smooth curves; standard deviation below 1. */
export function wandering(key: number, time: number, every: number): number {
  const knot = Math.floor(time / every);
  const part = time / every - knot;
  const weight = part * part * (3 - 2 * part);
  return gaussian(key, knot) * (1 - weight) + gaussian(key, knot + 1) * weight;
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the input reaches every bit of the answer. */
function mixed(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
