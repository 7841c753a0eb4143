import { type ReactNode, useMemo } from 'react';
import { type Draw, useCanvas, useWidth } from '../charts/canvas.js';
import { faded, useColours } from '../charts/colours.js';
import { extentOf, linear, padded } from '../charts/scale.js';
import { zNormalise } from './z-normalise.js';

/** Query and match in one picture, both z-normalised, so that their shapes lie over each other. Without a match: the query alone. */
export function Overlay({ query, match, height, label }: { query: readonly number[]; match?: readonly number[]; height: number; label: string }): ReactNode {
  const colours = useColours();
  const [holder, width] = useWidth<HTMLDivElement>();
  const shapes = useMemo(() => ({ query: zNormalise(query), match: match && zNormalise(match) }), [query, match]);
  const draw = useMemo<Draw>(() => (context, w, h) => {
    const y = linear(padded(extentOf(shapes.query, shapes.match) ?? [-1, 1], 0.04), h - 3, 3);
    strokeShape(context, shapes.query, { y, width: w, colour: shapes.match ? faded(colours.accent, 80) : colours.accent, thickness: shapes.match ? 2.5 : 1.5 });
    if (shapes.match) strokeShape(context, shapes.match, { y, width: w, colour: colours.match, thickness: 1.25 });
  }, [shapes, colours]);
  const canvas = useCanvas(draw, width, height);
  return (
    <div ref={holder} style={{ height }}>
      <canvas ref={canvas} className="overlay" role="img" aria-label={label} style={{ width, height }} />
    </div>
  );
}

function strokeShape(context: CanvasRenderingContext2D, values: readonly number[], { y, width, colour, thickness }: { y: (value: number) => number; width: number; colour: string; thickness: number }): void {
  const x = linear([0, Math.max(1, values.length - 1)], 1, width - 1);
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  context.lineJoin = 'round';
  context.beginPath();
  values.forEach((value, index) => context.lineTo(x(index), y(value)));
  context.stroke();
}
