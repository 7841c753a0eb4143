import type { Invariance } from '@skylark/core';
import { type ReactNode, useMemo, useState } from 'react';
import { useParameters } from '../app/location.js';
import { useTitle } from '../app/use-title.js';
import { DrawCanvas } from '../draw/draw-canvas.js';
import { type Curve, emptyCurve, presets, readCurve, textOf } from '../draw/curve.js';
import { Notice } from '../design/notice.js';
import { LookAlikes } from '../look-alikes/look-alikes.js';
import { invariances } from '../look-alikes/search-options.js';
import { useDebounced } from '../names/use-debounced.js';
import '../design/form.css';
import '../draw/draw.css';

/** Draw a shape, see what looks like it. The curve stands in the address, so that it can be sent to somebody. */
export function DrawPage(): ReactNode {
  const { read, change } = useParameters();
  useTitle('Draw');
  const [history, setHistory] = useState<readonly Curve[]>(() => [readCurve(read('curve')) ?? emptyCurve]);
  const [eraser, setEraser] = useState(false);
  const curve = history.at(-1) ?? emptyCurve;
  const ignore = useMemo(() => readIgnored(read('ignore')), [read]);
  const settled = useDebounced(curve, 250);
  const draw = (next: Curve): void => {
    setHistory([...history.slice(-50), next]);
    change({ curve: textOf(next) });
  };
  const undo = (): void => {
    const before = history.length > 1 ? history.slice(0, -1) : [emptyCurve];
    setHistory(before);
    change({ curve: textOf(before.at(-1) ?? emptyCurve) });
  };
  const isDrawn = settled.filter((value) => value !== null).length >= 2 && new Set(settled.filter((value) => value !== null)).size > 1;
  const subject = useMemo(() => ({ values: [...settled], ignore }), [settled, ignore]);
  return (
    <main className="page draw-page" id="main">
      <h1>Draw a shape</h1>
      <div className="draw-columns">
        <section aria-label="Drawing" className="stack">
          <DrawCanvas curve={curve} eraser={eraser} onDraw={draw} />
          <div className="line" role="group" aria-label="Tools">
            <button type="button" className="button" aria-pressed={!eraser} onClick={() => setEraser(false)}>
              Pencil
            </button>
            <button type="button" className="button" aria-pressed={eraser} title="What is erased does not count" onClick={() => setEraser(true)}>
              Eraser
            </button>
            <button type="button" className="button" onClick={undo} disabled={history.length < 2}>
              Undo
            </button>
            <button type="button" className="button" onClick={() => draw(emptyCurve)}>
              Clear
            </button>
          </div>
          <div className="line" role="group" aria-label="Ready shapes">
            {presets.map(({ name, curve: preset }) => (
              <button key={name} type="button" className="button button-quiet" onClick={() => draw(preset)}>
                {name}
              </button>
            ))}
          </div>
          <fieldset className="draw-ignore">
            <legend className="dim">What does not count</legend>
            {invariances.map(({ value, label }) => (
              <label key={value} className="check">
                <input type="checkbox" checked={ignore.includes(value)} onChange={({ target }) => change({ ignore: writeIgnored(target.checked ? [...ignore, value] : ignore.filter((one) => one !== value)) })} />
                {label}
              </label>
            ))}
          </fieldset>
        </section>
        {isDrawn ? (
          <LookAlikes subject={subject} />
        ) : (
          <Notice title="Nothing drawn yet">
            <p className="dim">Draw a curve at the left, or take a ready one. What you leave out or erase does not count.</p>
          </Notice>
        )}
      </div>
    </main>
  );
}

const usuallyIgnored: readonly Invariance[] = ['height', 'level', 'stretching'];

function readIgnored(text: string | null): readonly Invariance[] {
  if (text === null) return usuallyIgnored;
  const names = text.split(',');
  return invariances.map(({ value }) => value).filter((value) => names.includes(value));
}

const writeIgnored = (ignored: readonly Invariance[]): string => ignored.join(',');
