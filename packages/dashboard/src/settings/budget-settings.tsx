import type { Budget } from '@skylark/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAsk, useChange } from '../data/use-ask.js';
import { plural } from '../design/format.js';

/** The one knob: at most so many notifications a day. What it would have meant stands beside it before it is kept. */
export function BudgetSettings(): ReactNode {
  const { data } = useAsk(['budget'], (api, signal) => api.budget(signal));
  const [text, setText] = useState<string | null>(null);
  const asked = text === null ? undefined : text.trim() === '' ? null : Number(text);
  const usable = asked !== undefined && (asked === null || (Number.isInteger(asked) && asked >= 0));
  const preview = useAsk(['budget', 'preview', asked ?? 'none'], (api) => api.setBudget(asked ?? null, true), { enabled: usable });
  const keep = useChange(['budget'], (api, perDay: number | null) => api.setBudget(perDay, false));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (usable) keep.mutate(asked ?? null, { onSuccess: () => setText(null) });
  };
  const shown = text === null ? data : preview.data;
  return (
    <section className="panel stack" aria-label="Budget">
      <h2>Budget</h2>
      <form className="line" onSubmit={submit}>
        <label className="line">
          At most
          <input className="field number" type="number" min={0} max={100_000} step={1} size={5} aria-label="Notifications a day" placeholder="any" value={text ?? data?.perDay ?? ''} onChange={({ target }) => setText(target.value)} />
          notifications a day
        </label>
        <button type="submit" className="button button-first" disabled={!usable}>
          Keep
        </button>
        {keep.error && <span role="alert" className="failure">Not kept: {keep.error.message}</span>}
      </form>
      {shown && <Preview budget={shown} />}
    </section>
  );
}

function Preview({ budget: { thresholds, preview } }: { budget: Budget }): ReactNode {
  const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
  return (
    <div className="scroll">
      <table className="table">
        <caption className="small dim hidden-visually">What it would have meant on the last days</caption>
        <thead>
          <tr>
            <th scope="col">Day until</th>
            <th scope="col" className="number">Notified</th>
            <th scope="col" className="number">Kept quiet</th>
          </tr>
        </thead>
        <tbody>
          {preview.map(({ day: first, notified, withheld }) => (
            <tr key={first}>
              <td>{day.format(new Date((first + 86_400) * 1000))}</td>
              <td className="number">{notified}</td>
              <td className="number dim">{withheld}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {thresholds.length > 0 && (
        <p className="small dim">
          {plural(thresholds.length, 'group')}: {thresholds.map(({ group, minScore }) => `${group} from score ${minScore > 100 ? 'never' : Math.ceil(minScore)}`).join(', ')}
        </p>
      )}
    </div>
  );
}
