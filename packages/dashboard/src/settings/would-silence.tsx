import type { ReactNode } from 'react';
import type { NewSilence } from '../data/api-types.js';
import { useNow } from '../data/clock.js';
import { useAsk, useChange } from '../data/use-ask.js';
import { formatAge, plural } from '../design/format.js';

const shown = 10;

/** What saying so would have silenced in the past, those that were real first; then it can be applied. */
export function WouldSilence({ silence, onDone }: { silence: NewSilence; onDone: () => void }): ReactNode {
  const now = useNow(60);
  const { data, error } = useAsk(['silences', 'try', silence], (api) => api.trySilence(silence));
  const apply = useChange(['silences'], (api, given: NewSilence) => api.silence(given));
  if (error) return <p role="alert" className="failure">{error.message}</p>;
  if (!data) return <div className="skeleton" style={{ height: 64 }} />;
  const real = new Set(data.real.map(({ id }) => id));
  const ordered = [...data.real, ...data.wouldSilence.filter(({ id }) => !real.has(id))];
  return (
    <div className="stack" role="group" aria-label="What it would have silenced">
      <p>
        In the last 90 days it would have silenced <b>{plural(ordered.length, 'anomaly', 'anomalies')}</b>
        {real.size > 0 ? <b className="failure">, {plural(real.size, 'real one')} among them</b> : ', none of them said to be real'}.
      </p>
      <ul className="entries">
        {ordered.slice(0, shown).map(({ id, metric, start, score }) => (
          <li key={id} data-anomaly={id} data-metric={metric}>
            <bdi className="mono grow">{metric}</bdi>
            <span className="number small">{Math.round(score)}</span>
            <span className="small dim">{formatAge(now - start)} ago</span>
            {real.has(id) && <b className="failure small">real</b>}
          </li>
        ))}
      </ul>
      <div className="line">
        <button type="button" className="button button-first" onClick={() => apply.mutate(silence, { onSuccess: onDone })}>
          Apply
        </button>
        <button type="button" className="button" onClick={onDone}>
          Leave it
        </button>
        {apply.error && <span role="alert" className="failure">Not kept: {apply.error.message}</span>}
      </div>
    </div>
  );
}
