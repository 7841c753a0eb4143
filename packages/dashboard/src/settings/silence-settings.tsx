import type { Silence } from '@skylark/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { NewSilence } from '../data/api-types.js';
import { useNow } from '../data/clock.js';
import { useAsk, useChange } from '../data/use-ask.js';
import { formatAge } from '../design/format.js';
import { WouldSilence } from './would-silence.js';

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What people said is normal; each can be taken back. */
export function SilenceSettings(): ReactNode {
  const now = useNow(60);
  const { data } = useAsk(['silences'], (api, signal) => api.silences(signal));
  const remove = useChange(['silences'], (api, id: string) => api.unsilence(id));
  return (
    <section className="panel stack" aria-label="Silences">
      <h2>What is normal</h2>
      {data?.length === 0 && <p className="dim">Nothing yet. Open an anomaly and say “This is normal”, or name a stretch of the week here.</p>}
      <ul className="entries">
        {data?.map((silence) => (
          <li key={silence.id} data-silence={silence.id}>
            <span className="grow">
              {inWords(silence)} <span className="dim">{silence.reason}</span>
            </span>
            <span className="small faint">
              <bdi>{silence.by}</bdi>, {formatAge(now - silence.created)} ago
            </span>
            <button type="button" className="button" onClick={() => remove.mutate(silence.id)}>
              Take back
            </button>
          </li>
        ))}
      </ul>
      <WeeklyForm />
    </section>
  );
}

function inWords({ kind, match, days, from, until, zone }: Silence): ReactNode {
  const about = <code>{match}</code>;
  if (kind === 'anomaly') return <>One anomaly</>;
  if (kind === 'shape') return <>Look-alikes of an anomaly on {about}</>;
  return (
    <>
      {about}: {days?.map((day) => dayNames[day - 1]).join(', ')} {from} to {until} ({zone})
    </>
  );
}

function WeeklyForm(): ReactNode {
  const [match, setMatch] = useState('');
  const [days, setDays] = useState<readonly number[]>([]);
  const [[from, until], setTimes] = useState(['02:00', '04:00']);
  const [tried, setTried] = useState<NewSilence | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried({ kind: 'weekly', match, days, from: from, until: until, zone: zoneHere() });
  };
  return (
    <>
      <form className="line" onSubmit={submit} aria-label="A stretch of the week that is normal">
        <input className="field" aria-label="Metrics" placeholder="batch.*" required value={match} onChange={({ target }) => setMatch(target.value)} />
        {dayNames.map((name, i) => (
          <label key={name} className="check">
            <input type="checkbox" checked={days.includes(i + 1)} onChange={({ target }) => setDays(target.checked ? [...days, i + 1].sort() : days.filter((day) => day !== i + 1))} />
            {name}
          </label>
        ))}
        <input className="field" type="time" aria-label="From" value={from} onChange={({ target }) => setTimes([target.value, until])} />
        <input className="field" type="time" aria-label="Until" value={until} onChange={({ target }) => setTimes([from, target.value])} />
        <button type="submit" className="button" disabled={days.length === 0 || match === ''}>
          What would it silence?
        </button>
      </form>
      {tried && <WouldSilence silence={tried} onDone={() => setTried(null)} />}
    </>
  );
}
