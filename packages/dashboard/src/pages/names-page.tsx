import { type ReactNode, useEffect, useState } from 'react';
import { Link, useParameters } from '../app/location.js';
import { metricPath } from '../app/routes.js';
import { useTitle } from '../app/use-title.js';
import { useNow } from '../data/clock.js';
import { useMetrics } from '../data/queries.js';
import { formatAge, formatTook, plural } from '../design/format.js';
import { ErrorNotice, Notice } from '../design/notice.js';
import { NameTree } from '../names/name-tree.js';
import { FoundName } from '../names/found-name.js';
import { useDebounced } from '../names/use-debounced.js';
import '../design/form.css';

const pageSize = 200;
const modeWords = { all: 'all names', fuzzy: 'fuzzy', glob: 'glob', regex: 'regular expression', exact: 'exact name' } as const;

/** Every name, or those that match: fuzzy, `glob*`, `/regex/`, `=exact`. */
export function NamesPage(): ReactNode {
  const { read, change } = useParameters();
  const inAddress = read('query') ?? '';
  const [text, setText] = useState(inAddress);
  const [seen, setSeen] = useState(inAddress);
  const [limit, setLimit] = useState(pageSize);
  const query = useDebounced(text, 90);
  const now = useNow(10);
  useTitle('Names');
  if (seen !== inAddress) {
    // The address was changed from elsewhere: the search box on top, or the back button.
    setSeen(inAddress);
    if (inAddress !== query) setText(inAddress);
  }
  useEffect(() => change({ query: query === '' ? null : query }), [query, change]);
  const { data, error, refetch } = useMetrics({ query, limit });
  return (
    <main className="page" id="main">
      <h1>Names</h1>
      <form className="names-form" onSubmit={(event) => event.preventDefault()}>
        <input className="field" type="text" aria-label="Find names" placeholder="fuzzy, glob*, /regex/ or =exact" spellCheck={false} autoComplete="off" maxLength={1024} value={text} onChange={({ target }) => setText(target.value)} />
        <p className="dim" aria-live="polite">
          {data && !error && `${plural(data.total, 'name')} · ${modeWords[data.mode] ?? data.mode} · ${formatTook(data.tookMs)}`}
        </p>
      </form>
      {error ? (
        <ErrorNotice error={error} retry={() => void refetch()} what="The names" />
      ) : data && data.total === 0 ? (
        <Notice title="No name matches">
          <p className="dim">Letters need not be adjacent: “wcpu” finds “web.cpu”. Use * for any letters, /…/ for a regular expression, = for one exact name.</p>
        </Notice>
      ) : (
        <div className={query === '' ? 'two-columns' : undefined}>
        <ul className="names-list" aria-label="Metrics">
          {data?.metrics.map((found) => (
            <li key={found.metric} data-metric={found.metric}>
              <Link to={metricPath(found.metric)}>
                <FoundName found={found} />
              </Link>
              <span className="small faint number">{found.lastTimestamp === null ? 'no data' : `${formatAge(now - found.lastTimestamp)} ago`}</span>
            </li>
          ))}
        </ul>
        {query === '' && <NameTree />}
        </div>
      )}
      {data && data.total > data.metrics.length && limit < 1000 && (
        <button type="button" className="button page-more" onClick={() => setLimit(limit + pageSize)}>
          More
        </button>
      )}
    </main>
  );
}
