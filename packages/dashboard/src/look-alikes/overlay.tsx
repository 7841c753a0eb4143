import { type ReactNode, useMemo } from 'react';
import { type Draw, useCanvas, useWidth } from '../charts/canvas.js';
import { faded, useColours } from '../charts/colours.js';
import { extentOf, linear, padded } from '../charts/scale.js';
import { zNormalise } from './z-normalise.js';

export interface OverlayProps {
  /** null: does not count. */
  readonly query: readonly (number | null)[];
  readonly match?: readonly number[];
  /** -1: the match upside down. */
  readonly sign?: 1 | -1;
  /** Which points were aligned: drawn as thin lines from one curve to the other. */
  readonly path?: readonly (readonly [number, number])[] | undefined;
  readonly height: number;
  readonly label: string;
}

/** Lines of a warping path that can be told apart. */
const mostConnectors = 28;

/** Query and match in one picture, both z-normalised, so that their shapes lie over each other. Without a match: the query alone. */
export function Overlay({ query, match, sign = 1, path, height, label }: OverlayProps): ReactNode {
  const colours = useColours();
  const [holder, width] = useWidth<HTMLDivElement>();
  const shapes = useMemo(() => ({ query: zNormaliseKnown(query), match: match && zNormalise(sign === 1 ? match : match.map((value) => -value)) }), [query, match, sign]);
  const draw = useMemo<Draw>(() => (context, w, h) => {
    const y = linear(padded(extentOf(shapes.query.filter((value) => value !== null), shapes.match) ?? [-1, 1], 0.04), h - 3, 3);
    strokeShape(context, shapes.query, { y, width: w, colour: shapes.match ? faded(colours.accent, 80) : colours.accent, thickness: shapes.match ? 2.5 : 1.5 });
    if (shapes.match) strokeShape(context, shapes.match, { y, width: w, colour: colours.match, thickness: 1.25 });
    if (shapes.match && path) strokePath(context, path, { y, width: w, colour: faded(colours.match, 55), query: shapes.query, match: shapes.match });
  }, [shapes, path, colours]);
  const canvas = useCanvas(draw, width, height);
  return (
    <div ref={holder} style={{ height }}>
      <canvas ref={canvas} className="overlay" role="img" aria-label={label} style={{ width, height }} />
    </div>
  );
}

/** Over the points that count; the others stay null. */
function zNormaliseKnown(values: readonly (number | null)[]): (number | null)[] {
  const known = zNormalise(values.filter((value) => value !== null));
  let next = 0;
  return values.map((value) => (value === null ? null : (known[next++] ?? null)));
}

interface PathStyle {
  readonly y: (value: number) => number;
  readonly width: number;
  readonly colour: string;
  readonly query: readonly (number | null)[];
  readonly match: readonly number[];
}

function strokePath(context: CanvasRenderingContext2D, path: readonly (readonly [number, number])[], { y, width, colour, query, match }: PathStyle): void {
  const x = linear([0, Math.max(1, match.length - 1)], 1, width - 1);
  const every = Math.max(1, Math.floor(path.length / mostConnectors));
  context.strokeStyle = colour;
  context.lineWidth = 0.75;
  path.forEach(([i, j], index) => {
    const [from, to] = [query[i], match[j]];
    if (index % every !== 0 || from === null || from === undefined || to === undefined) return;
    context.beginPath();
    context.moveTo(x(i), y(from));
    context.lineTo(x(j), y(to));
    context.stroke();
  });
}

function strokeShape(context: CanvasRenderingContext2D, values: readonly (number | null)[], { y, width, colour, thickness }: { y: (value: number) => number; width: number; colour: string; thickness: number }): void {
  const x = linear([0, Math.max(1, values.length - 1)], 1, width - 1);
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  context.lineJoin = 'round';
  context.beginPath();
  let down = false;
  values.forEach((value, index) => {
    if (value === null) down = false;
    else if (down) context.lineTo(x(index), y(value));
    else {
      context.moveTo(x(index), y(value));
      down = true;
    }
  });
  context.stroke();
}
