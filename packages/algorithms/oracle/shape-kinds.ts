import { zNormalise } from '../src/distances/z-normalise.js';

/** mulberry32: the same numbers in every run. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Curve = (i: number, length: number) => number;

/** What shapes are made of: each makes one curve. Huge and tiny scales and denormals are gone after normalisation; the curves are not. */
export const shapeKinds: Readonly<Record<string, (random: () => number) => Curve>> = {
  walk: (random) => { let at = 0; return () => (at += random() - 0.5); },
  noise: (random) => () => random(),
  rhythm: (random) => { const [phase, cycles] = [random() * 7, 1 + Math.floor(random() * 4)]; return (i, length) => Math.sin((2 * Math.PI * cycles * i) / length + phase) + 0.3 * random(); },
  spike: (random) => { const at = Math.floor(random() * 512); return (i, length) => (i === at % length ? 1000 : random()); },
  step: (random) => { const at = random(); return (i, length) => (i / length < at ? 0 : 1); },
  flatButOne: (random) => { const at = Math.floor(random() * 512); return (i, length) => (i === at % length ? 1 : 0); },
  huge: (random) => () => (random() - 0.5) * 1e300,
  tiny: (random) => () => (random() - 0.5) * 1e-300,
  denormal: (random) => () => Math.floor(random() * 1000) * Number.MIN_VALUE,
  few: (random) => () => Math.floor(random() * 2),
};

/** A z-normalised shape of a kind, or null where chance made it flat. */
export function shapeOfKind(kind: string, length: number, random: () => number): Float64Array | null {
  const curve = shapeKinds[kind]!(random);
  return zNormalise(Float64Array.from({ length }, (_, i) => curve(i, length)));
}
