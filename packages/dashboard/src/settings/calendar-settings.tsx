import { type FormEvent, type ReactNode, useState } from 'react';
import type { NewCalendar } from '../data/api-types.js';
import { useNow } from '../data/clock.js';
import { useAsk, useChange } from '../data/use-ask.js';
import { formatShortSpan } from '../design/format.js';

const repeats = { never: 'once', weekly: 'every week', yearly: 'every year' } as const;

/** Planned windows and holidays: nobody is called meanwhile. */
export function CalendarSettings(): ReactNode {
  const now = useNow(60);
  const { data } = useAsk(['calendars'], (api, signal) => api.calendars(signal));
  const remove = useChange(['calendars'], (api, id: string) => api.unplan(id));
  return (
    <section className="panel stack" aria-label="Calendars">
      <h2>Planned windows and holidays</h2>
      <ul className="entries">
        {data?.map(({ id, name, match, from, until, repeat, by }) => (
          <li key={id} data-calendar={id}>
            <b className="grow">{name}</b>
            <code>{match}</code>
            <span className="number small">{formatShortSpan(from, until, now)}</span>
            <span className="small dim">
              {repeats[repeat]}, <bdi>{by}</bdi>
            </span>
            <button type="button" className="button" onClick={() => remove.mutate(id)}>
              Take back
            </button>
          </li>
        ))}
      </ul>
      <CalendarForm />
    </section>
  );
}

function CalendarForm(): ReactNode {
  const [name, setName] = useState('');
  const [match, setMatch] = useState('*');
  const [[from, until], setSpan] = useState(['', '']);
  const [repeat, setRepeat] = useState<NewCalendar['repeat']>('never');
  const plan = useChange(['calendars'], (api, calendar: NewCalendar) => api.plan(calendar));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const seconds = (text: string): number => new Date(text).getTime() / 1000;
    plan.mutate({ name, match, from: seconds(from), until: seconds(until), repeat, zone: Intl.DateTimeFormat().resolvedOptions().timeZone }, { onSuccess: () => setName('') });
  };
  return (
    <form className="line" onSubmit={submit} aria-label="Plan a window">
      <input className="field" aria-label="Name" placeholder="Database upgrade" required value={name} onChange={({ target }) => setName(target.value)} />
      <input className="field" aria-label="Metrics" required value={match} onChange={({ target }) => setMatch(target.value)} />
      <input className="field" type="datetime-local" aria-label="From" required value={from} onChange={({ target }) => setSpan([target.value, until])} />
      <input className="field" type="datetime-local" aria-label="Until" required value={until} onChange={({ target }) => setSpan([from, target.value])} />
      <select className="field" aria-label="Repeat" value={repeat} onChange={({ target }) => setRepeat(target.value as NewCalendar['repeat'])}>
        {Object.entries(repeats).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <button type="submit" className="button">
        Plan
      </button>
      {plan.error && <span role="alert" className="failure">Not kept: {plan.error.message}</span>}
    </form>
  );
}
