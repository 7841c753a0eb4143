import type { SearchAnswer, SearchRequest } from '@skylark/core';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useParameters } from '../app/location.js';
import { ApiError } from '../data/api.js';
import { useNow } from '../data/clock.js';
import { useLookAlikes } from '../data/queries.js';
import { formatSpan, formatTook, plural } from '../design/format.js';
import { MetricName } from '../design/metric-name.js';
import { sharedPrefix } from '../design/name-parts.js';
import { ErrorNotice, Notice } from '../design/notice.js';
import { MatchCard } from './match-card.js';
import { Overlay } from './overlay.js';
import { methods, readFreedom, readSearchOptions, scopes, shifts } from './search-options.js';
import { stageName, stageReport } from './stage-report.js';
import './look-alikes.css';

const pageSize = 12;

/** What looks like a query: the region that "Find look-alikes" fills. Method and scope stand in the address. */
export function LookAlikes({ subject, onClose }: { subject: Pick<SearchRequest, 'metric' | 'anomaly' | 'values' | 'ignore' | 'from' | 'until'>; onClose?: () => void }): ReactNode {
  const { read } = useParameters();
  const { method, scope } = readSearchOptions(read);
  const [limit, setLimit] = useState(pageSize);
  const { metric, anomaly, values, ignore, from, until } = subject;
  const freedom = readFreedom(read);
  const asked = JSON.stringify({ metric, anomaly, values, ignore, from, until, method, scope, limit, ...freedom });
  const request = useMemo(() => JSON.parse(asked) as SearchRequest, [asked]);
  const { data, error, isFetching, refetch } = useLookAlikes(request);
  const region = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone it opens below what is in sight.
    if (globalThis.matchMedia('(max-width: 719px)').matches) region.current?.scrollIntoView({ block: 'start' });
  }, [anomaly, metric]);
  return (
    <section ref={region} className="panel look-alikes" aria-label="Look-alikes" aria-busy={isFetching}>
      <div className="panel-head">
        <h2>Look-alikes</h2>
        <SearchControls onClose={onClose} />
      </div>
      {error ? <SearchFailure error={error} retry={() => void refetch()} /> : data ? <Answer answer={data} onMore={data.total > limit ? () => setLimit(limit + pageSize) : undefined} /> : <WaitingGrid />}
    </section>
  );
}

function SearchControls({ onClose }: { onClose: (() => void) | undefined }): ReactNode {
  const { read, change } = useParameters();
  const { method, scope } = readSearchOptions(read);
  return (
    <div className="look-alikes-controls">
      <select className="field" aria-label="Distance" title={methods.find(({ value }) => value === method)?.help} value={method} onChange={({ target }) => change({ method: target.value === 'dtw' ? null : target.value })}>
        {methods.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <select className="field" aria-label="Compared with" value={scope} onChange={({ target }) => change({ scope: target.value === 'both' ? null : target.value })}>
        {scopes.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <select className="field" aria-label="Time shift" value={read('shift') ?? ''} onChange={({ target }) => change({ shift: target.value === '' ? null : target.value })}>
        {shifts.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <Toggle name="mirrored" label="Mirrored" title="Also what went the other way" />
      {method !== 'euclidean' && <Toggle name="explain" label="Warping" title="Which points were aligned" />}
      {onClose && (
        <button type="button" className="button button-quiet" onClick={onClose}>
          Close <kbd>Esc</kbd>
        </button>
      )}
    </div>
  );
}

/** A flag of the address. */
function Toggle({ name, label, title }: { name: string; label: string; title: string }): ReactNode {
  const { read, change } = useParameters();
  const on = read(name) === '1';
  return (
    <button type="button" className="button" aria-pressed={on} title={title} onClick={() => change({ [name]: on ? null : '1' })}>
      {label}
    </button>
  );
}

function Answer({ answer, onMore }: { answer: SearchAnswer; onMore: (() => void) | undefined }): ReactNode {
  const now = useNow(60);
  const { query, matches, total, stages } = answer;
  const prefix = useMemo(() => sharedPrefix(matches.map(({ metric }) => metric)), [matches]);
  return (
    <>
      <div className="query">
        <Overlay query={query.values} height={44} label="The query's shape" />
        <div className="query-facts small">
          <span className="query-key">Query</span>
          {query.metric !== undefined && <MetricName name={query.metric} />}
          {query.until > query.from && <span className="dim number">{formatSpan(query.from, query.until, now)}</span>}
        </div>
      </div>
      <details className="stages small dim">
        <summary>
          {plural(total, 'match', 'matches')}. {stageReport(answer)}
          {answer.partial === 'budget' && '. Stopped when its time was over: these are the best so far'}
          {answer.partial === 'backend' && '. The index is away: past anomalies are missing'}
        </summary>
        <ul>
          {stages.map(({ name, candidates, tookMs }, index) => (
            <li key={index}>
              {stageName(name)}: {plural(candidates, 'candidate')} in {formatTook(tookMs)}
            </li>
          ))}
        </ul>
      </details>
      {matches.length === 0 ? (
        <Notice title="Nothing to compare with">
          <p className="dim">No other series covers this window, or all of them are flat. Try another scope or a longer window.</p>
        </Notice>
      ) : (
        <ul className="matches">
          {matches.map((match) => (
            <MatchCard key={`${match.source} ${match.id ?? match.metric} ${match.from}`} match={match} query={query.values} prefix={prefix} now={now} />
          ))}
        </ul>
      )}
      {onMore && (
        <button type="button" className="button" onClick={onMore}>
          More
        </button>
      )}
    </>
  );
}

function SearchFailure({ error, retry }: { error: Error; retry: () => void }): ReactNode {
  const code = error instanceof ApiError ? error.code : '';
  if (code !== 'flat-query' && code !== 'too-few-points') return <ErrorNotice error={error} retry={retry} what="Look-alikes" />;
  return (
    <Notice title={code === 'flat-query' ? 'This window is flat' : 'Too few datapoints in this window'}>
      <p className="dim">{code === 'flat-query' ? 'It has no shape to compare. Choose a window in which the value moves.' : 'Choose a longer window.'}</p>
    </Notice>
  );
}

function WaitingGrid(): ReactNode {
  return (
    <ul className="matches" aria-hidden="true">
      {Array.from({ length: 6 }, (_, index) => (
        <li key={index} className="match skeleton match-waiting" />
      ))}
    </ul>
  );
}
