/** A drawn curve: heights from 0 to 1 at even instants; null where nothing was drawn. */
export type Curve = readonly (number | null)[];

export const curveLength = 128;
export const emptyCurve: Curve = Array<null>(curveLength).fill(null);

const of = (height: (part: number) => number): Curve => Array.from({ length: curveLength }, (_, i) => round(height(i / (curveLength - 1))));
const round = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 100) / 100;

/** Shapes people look for, for who cannot draw or does not want to. */
export const presets: readonly { readonly name: string; readonly curve: Curve }[] = [
  { name: 'Spike', curve: of((part) => (Math.abs(part - 0.5) < 0.06 ? 0.95 : 0.1)) },
  { name: 'Step up', curve: of((part) => (part < 0.5 ? 0.15 : 0.85)) },
  { name: 'Drop', curve: of((part) => (part < 0.5 ? 0.85 : 0.15)) },
  { name: 'Ramp', curve: of((part) => 0.1 + 0.8 * part) },
  { name: 'Sawtooth', curve: of((part) => 0.1 + 0.8 * ((part * 4) % 1)) },
  { name: 'Wave', curve: of((part) => 0.5 + 0.4 * Math.sin(part * 4 * Math.PI)) },
];

/** A curve as the address holds it: hundredths, `_` for what does not count. */
export function textOf(curve: Curve): string | null {
  if (curve.every((value) => value === null)) return null;
  return curve.map((value) => (value === null ? '_' : String(Math.round(value * 100)))).join('.');
}

/** null for what is no curve. */
export function readCurve(text: string | null): Curve | null {
  const parts = text?.split('.') ?? [];
  if (parts.length !== curveLength || !parts.every((part) => /^(_|\d{1,3})$/.test(part))) return null;
  return parts.map((part) => (part === '_' ? null : Math.min(1, Number(part) / 100)));
}

/** The curve with a stroke from one point of the canvas to another; both in parts of its width and height. The eraser's stroke does not count. */
export function stroked(curve: Curve, from: readonly [number, number], to: readonly [number, number], eraser: boolean): Curve {
  const [start, end] = from[0] <= to[0] ? [from, to] : [to, from];
  const [first, last] = [start[0], end[0]].map((part) => Math.min(curveLength - 1, Math.max(0, Math.round(part * (curveLength - 1)))));
  return curve.map((value, i) => {
    if (i < first! || i > last!) return value;
    if (eraser) return null;
    const part = last === first ? 1 : (i - first!) / (last! - first!);
    return round(start[1] + part * (end[1] - start[1]));
  });
}
