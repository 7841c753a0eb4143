import type { ReactNode, RefObject } from 'react';
import { useNow } from '../data/clock.js';
import type { StreamState } from '../data/live-events.js';
import { useStatus } from '../data/queries.js';
import { defaultFrom, rangePresets, windowOf } from '../data/time-range.js';
import { formatCount, formatSpan, plural } from '../design/format.js';
import { SearchBox } from '../names/search-box.js';
import { useParameters } from './location.js';
import type { Route } from './routes.js';

export function TopBar({ search, stream, page }: { search: RefObject<HTMLInputElement | null>; stream: StreamState; page: Route['page'] }): ReactNode {
  return (
    <header className="top-bar">
      <SearchBox input={search} />
      {(page === 'now' || page === 'metric') && <TimeRange />}
      <LiveState stream={stream} />
    </header>
  );
}

/** The window of the charts: presets, or what was zoomed to. */
function TimeRange(): ReactNode {
  const { read, change } = useParameters();
  const now = useNow(60);
  const from = read('from');
  const until = read('until');
  const preset = until === null ? rangePresets.find((one) => one.from === (from ?? defaultFrom)) : undefined;
  const { from: start, until: end } = windowOf({ from, until }, now);
  return (
    <select className="field time-range" aria-label="Time range" value={preset?.from ?? 'other'} onChange={({ target }) => change({ from: target.value === defaultFrom ? null : target.value, until: null }, { push: true })}>
      {preset === undefined && <option value="other">{formatSpan(start, end, now)}</option>}
      {rangePresets.map(({ from: value, label }) => (
        <option key={value} value={value}>
          Last {label}
        </option>
      ))}
    </select>
  );
}

function LiveState({ stream }: { stream: StreamState }): ReactNode {
  const { data, error } = useStatus();
  const word = stream.kind === 'lost' || (error && !data) ? 'Not live' : stream.kind === 'live' ? 'Live' : 'Connecting';
  const title = data ? `${plural(data.metrics, 'metric')}; Skylark ${data.version}, ${data.backend}` : undefined;
  return (
    <p className="live-state" data-live={word === 'Live'} title={title}>
      <span className="live-dot" aria-hidden="true" />
      {word}
      {data && <span className="live-count dim number">{formatCount(data.metrics)} metrics</span>}
    </p>
  );
}
