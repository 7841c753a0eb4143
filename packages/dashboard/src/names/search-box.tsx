import { type KeyboardEvent, type ReactNode, type Ref, useId, useState } from 'react';
import { goTo } from '../app/location.js';
import { metricPath } from '../app/routes.js';
import { useMetrics } from '../data/queries.js';
import { formatTook, plural } from '../design/format.js';
import { FoundName } from './found-name.js';
import { useDebounced } from './use-debounced.js';

const shownAtOnce = 9;

/** Finds a metric by name from everywhere: type, walk with the arrows, Enter opens. */
export function SearchBox({ input }: { input: Ref<HTMLInputElement> }): ReactNode {
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const listId = useId();
  const query = useDebounced(text, 90);
  const { data, error } = useMetrics({ query, limit: shownAtOnce }, open && query !== '');
  const found = open && text !== '' && data ? data.metrics.slice(0, shownAtOnce) : [];
  const shown = open && text !== '' && (data !== undefined || error !== null);

  const leave = (path: string): void => {
    setOpen(false);
    setText('');
    goTo(path);
  };
  const allPath = `/names?query=${encodeURIComponent(text)}`;
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setAt((before) => Math.min(found.length, Math.max(0, before + step)));
    else if (event.key === 'Enter' && text !== '') leave(found[at] && query === text ? metricPath(found[at].metric) : allPath);
    else if (event.key === 'Escape') {
      setOpen(false);
      event.currentTarget.blur();
    } else return;
    event.preventDefault();
  };

  return (
    <div className="search" role="search" aria-label="Metrics" onBlur={({ currentTarget, relatedTarget }) => !currentTarget.contains(relatedTarget) && setOpen(false)}>
      <input
        ref={input}
        className="field"
        type="text"
        role="combobox"
        aria-label="Search names"
        aria-expanded={shown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={shown ? `${listId}-${at}` : undefined}
        placeholder="Search names"
        autoComplete="off"
        spellCheck={false}
        maxLength={1024}
        value={text}
        onFocus={() => setOpen(true)}
        onChange={({ target }) => {
          setText(target.value);
          setAt(0);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
      />
      <kbd className="search-key" aria-hidden="true">/</kbd>
      <div className="search-results" hidden={!shown}>
        <ul id={listId} role="listbox" aria-label="Names found">
          {found.map((metric, index) => (
            <li key={metric.metric} id={`${listId}-${index}`} role="option" aria-selected={index === at} data-metric={metric.metric} onMouseDown={(event) => event.preventDefault()} onMouseEnter={() => setAt(index)} onClick={() => leave(metricPath(metric.metric))}>
              <FoundName found={metric} />
            </li>
          ))}
          <li id={`${listId}-${found.length}`} role="option" aria-selected={at >= found.length} className="search-all dim small" onMouseDown={(event) => event.preventDefault()} onClick={() => leave(allPath)}>
            {error ? error.message : data && (data.total === 0 ? `No name matches (${data.mode})` : `${plural(data.total, 'name')}, ${data.mode}, ${formatTook(data.tookMs)}`)}
          </li>
        </ul>
      </div>
    </div>
  );
}
