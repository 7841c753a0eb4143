import type { ReactNode } from 'react';
import { useNow } from '../data/clock.js';
import type { StreamState } from '../data/live-events.js';
import { useStatus } from '../data/queries.js';
import { formatAge } from '../design/format.js';

/** Says since when what is shown may be old. */
export function StaleBanner({ stream }: { stream: StreamState }): ReactNode {
  if (stream.kind !== 'lost') return null;
  return <Stale since={stream.since} />;
}

function Stale({ since }: { since: number }): ReactNode {
  const now = useNow(1);
  const { error, refetch } = useStatus();
  const age = now - since;
  // A stream that comes back at once is nobody's business.
  if (age < 2) return null;
  return (
    <div className="banner" role="alert" data-severity="major">
      <p>
        <b>{error ? 'The server is gone' : 'Live updates stopped'}</b> <span className="number">{formatAge(age)} ago</span>. What you see is from then; trying again.
      </p>
      <button type="button" className="button" onClick={() => void refetch()}>
        Try now
      </button>
    </div>
  );
}
