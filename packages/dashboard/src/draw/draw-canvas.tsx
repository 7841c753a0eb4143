import { type PointerEvent, type ReactNode, useMemo, useRef } from 'react';
import { type Draw, useCanvas, useWidth } from '../charts/canvas.js';
import { useColours } from '../charts/colours.js';
import { type Curve, stroked } from './curve.js';

const height = 280;

/** Where a shape is drawn with mouse, finger or pen. Gaps are what does not count. */
export function DrawCanvas({ curve, eraser, onDraw }: { curve: Curve; eraser: boolean; onDraw: (curve: Curve) => void }): ReactNode {
  const colours = useColours();
  const [holder, width] = useWidth<HTMLDivElement>();
  const last = useRef<readonly [number, number] | null>(null);
  const drawing = useRef<Curve>(curve);
  const draw = useMemo<Draw>(() => (context, w, h) => {
    context.strokeStyle = colours.accent;
    context.lineWidth = 2.5;
    context.lineJoin = 'round';
    context.lineCap = 'round';
    context.beginPath();
    let down = false;
    curve.forEach((value, i) => {
      if (value === null) return void (down = false);
      const [x, y] = [(i / (curve.length - 1)) * w, h - 4 - value * (h - 8)];
      if (down) context.lineTo(x, y);
      else context.moveTo(x, y);
      down = true;
    });
    context.stroke();
  }, [curve, colours]);
  const canvas = useCanvas(draw, width, height);
  const placeOf = (event: PointerEvent<HTMLCanvasElement>): readonly [number, number] => {
    const box = event.currentTarget.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
  };
  const stroke = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (last.current === null) return;
    const place = placeOf(event);
    drawing.current = stroked(drawing.current, last.current, place, eraser);
    last.current = place;
    onDraw(drawing.current);
  };
  return (
    <div ref={holder} className="draw-area">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Drawing area; ${curve.filter((value) => value !== null).length} of ${curve.length} points drawn. With a keyboard, take one of the ready shapes.`}
        style={{ width, height }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          last.current = placeOf(event);
          drawing.current = curve;
          stroke(event);
        }}
        onPointerMove={stroke}
        onPointerUp={() => (last.current = null)}
        onPointerCancel={() => (last.current = null)}
      />
    </div>
  );
}
