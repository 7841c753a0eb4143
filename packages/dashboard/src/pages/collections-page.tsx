import { type ChangeEvent, type ReactNode, useState } from 'react';
import { CollectionReader } from '../collections/collection-reader.js';
import { goTo, Link } from '../app/location.js';
import { useTitle } from '../app/use-title.js';
import { useNow } from '../data/clock.js';
import { useAsk, useChange } from '../data/use-ask.js';
import { formatAge, formatShortSpan, plural } from '../design/format.js';
import { ErrorNotice, Notice } from '../design/notice.js';
import { useDebounced } from '../names/use-debounced.js';
import '../design/form.css';
import '../collections/collections.css';

export const collectionPath = (id: string): string => `/collections?id=${encodeURIComponent(id)}`;

/** Saved investigations: the list, and the one that is read. */
export function CollectionsPage({ id }: { id: string | null }): ReactNode {
  useTitle('Saved investigations');
  return (
    <main className="page" id="main">
      {id === null ? <CollectionList /> : <CollectionReader key={id} id={id} />}
    </main>
  );
}

function CollectionList(): ReactNode {
  const [text, setText] = useState('');
  const query = useDebounced(text, 150);
  const now = useNow(60);
  const { data, error, refetch } = useAsk(['collections', query], (api, signal) => api.collections(query, signal));
  const bring = useChange(['collections'], (api, file: unknown) => api.importCollection(file));
  const [unread, setUnread] = useState<string | null>(null);
  const read = (event: ChangeEvent<HTMLInputElement>): void => {
    const [file] = event.target.files ?? [];
    setUnread(null);
    file?.text().then((content) => bring.mutateAsync(JSON.parse(content) as unknown)).then(({ id }) => goTo(collectionPath(id)), (failure: unknown) => setUnread(failure instanceof Error ? failure.message : String(failure)));
    event.target.value = '';
  };
  return (
    <>
      <h1>Saved investigations</h1>
      <div className="names-form">
        <input className="field" type="search" aria-label="Search saved investigations" placeholder="Title, notes, comments, metrics" value={text} onChange={({ target }) => setText(target.value)} />
        <label className="button">
          Import
          <input type="file" accept="application/json,.json" className="hidden-visually" onChange={read} />
        </label>
      </div>
      {unread !== null && <p role="alert" className="failure">Not imported: {unread}</p>}
      {error ? (
        <ErrorNotice error={error} retry={() => void refetch()} what="Saved investigations" />
      ) : data && data.total === 0 ? (
        <Notice title={query === '' ? 'Nothing saved yet' : 'Nothing found'}>
          <p className="dim">Open a metric or an anomaly and press “Save”. A saved investigation keeps a copy of the data, and comes first in every later search that it matches.</p>
        </Notice>
      ) : (
        <ul className="entries" aria-label="Saved investigations">
          {data?.collections.map(({ id, title, metrics, from, until, comments, updated }) => (
            <li key={id} data-collection={id}>
              <Link to={collectionPath(id)} className="grow">
                <b>{title}</b>
              </Link>
              <span className="dim small">{plural(metrics.length, 'metric')}</span>
              <span className="dim small number">{formatShortSpan(from, until, now)}</span>
              <span className="dim small">{comments.length === 0 ? '' : plural(comments.length, 'comment')}</span>
              <span className="faint small">{formatAge(now - updated)} ago</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
