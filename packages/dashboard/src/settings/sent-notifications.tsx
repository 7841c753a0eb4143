import type { ReactNode } from 'react';
import { useNow } from '../data/clock.js';
import { useAsk } from '../data/use-ask.js';
import { formatAge } from '../design/format.js';

const shown = 50;

/** What was sent, and what the budget kept quiet. */
export function SentNotifications(): ReactNode {
  const now = useNow(30);
  const { data } = useAsk(['notifications'], (api, signal) => api.notifications(signal), { refetchInterval: 15_000 });
  return (
    <section className="panel stack" aria-label="Notifications">
      <h2>Notifications</h2>
      {data?.length === 0 && <p className="dim">None yet. Targets are set by notifications.targets in skylark.yaml.</p>}
      <ul className="entries">
        {data?.slice(0, shown).map(({ id, at, text, result, score, targets, pending }) => (
          <li key={id} data-notification={id}>
            <span className="number small dim">{formatAge(now - at)} ago</span>
            <span className="number small">{Math.round(score)}</span>
            <span className="grow">{text}</span>
            <span className="small dim">{result === 'withheld' ? 'kept quiet by the budget' : targets === 0 ? 'no target is set' : pending.length === 0 ? 'sent' : `waiting for ${pending.map(({ target, error }) => `${target}${error === null ? '' : ` (${error})`}`).join(', ')}`}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
