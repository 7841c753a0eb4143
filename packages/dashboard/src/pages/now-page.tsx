import { type ReactNode, type UIEvent, useCallback, useMemo, useRef, useState } from 'react';
import { AnomalyDetail } from '../anomalies/anomaly-detail.js';
import { AnomalyList } from '../anomalies/anomaly-list.js';
import { stepFrom, toggleHidden } from '../anomalies/list-view.js';
import { SeverityLegend } from '../anomalies/severity-legend.js';
import { goTo, useParameters } from '../app/location.js';
import { metricPath } from '../app/routes.js';
import { useKeyboard } from '../app/use-keyboard.js';
import { useMediaQuery } from '../app/use-media-query.js';
import { useTitle } from '../app/use-title.js';
import type { ListedAnomaly } from '../data/api-types.js';
import { useNow } from '../data/clock.js';
import { useAnomaly, useRemark } from '../data/queries.js';
import { windowOf } from '../data/time-range.js';
import { formatCount, plural } from '../design/format.js';
import { ErrorNotice } from '../design/notice.js';
import { NothingOpen } from './nothing-open.js';
import { type AnomalyListState, useAnomalyList } from './use-anomaly-list.js';
import './now-page.css';

/** What is wrong now: the ranked list, and the selected anomaly beside it (on a phone: over it). */
export function NowPage(): ReactNode {
  const { read, change } = useParameters();
  const now = useNow(30);
  const { from, until } = windowOf({ from: read('from'), until: read('until') }, now);
  const window = useMemo(() => ({ from, until }), [from, until]);
  const list = useAnomalyList(window);
  const narrow = useMediaQuery('(max-width: 719px)');
  const selected = useSelected(list, narrow);
  const [focused, setFocused] = useState<string | null>(null);
  const similar = read('similar') === '1';

  const select = useCallback((id: string) => change({ anomaly: id }, { push: narrow }), [change, narrow]);
  const showSimilar = useCallback((id: string) => change({ anomaly: id, similar: '1' }, { push: true }), [change]);
  const closeDetail = (): void => change({ anomaly: null, similar: null });
  useNowKeys({ list, selected, similar, narrow, walkTo: (id) => (setFocused(id), select(id)) });
  useTitle(list.pending ? '' : `${list.counts.critical > 0 ? `${list.counts.critical} critical, ` : ''}${list.all.length} open`);

  return (
    <main className="now" id="main" data-detail={selected !== null}>
      <h1 className="hidden-visually">What is wrong now</h1>
      <ListPane list={list} window={window} selected={selected?.id ?? null} focused={focused} onSelect={select} onSimilar={showSimilar} />
      {selected && (
        <section className="now-detail" aria-label="Detail">
          <AnomalyDetail key={selected.id} anomaly={selected} window={window} similar={similar} onSimilar={(open) => (open ? showSimilar(selected.id) : change({ similar: null }))} {...(narrow ? { onBack: closeDetail } : {})} />
        </section>
      )}
    </main>
  );
}

/** The anomaly the address names; else, where there is room beside the list, the first, which then stays though others come before it. */
function useSelected(list: AnomalyListState, narrow: boolean): ListedAnomaly | null {
  const { read } = useParameters();
  const named = read('anomaly');
  const [first, setFirst] = useState<string | null>(null);
  const top = list.shown[0]?.id ?? null;
  if (first === null && top !== null) setFirst(top);
  const id = named ?? (narrow ? null : first);
  const listed = id === null ? undefined : list.all.find((anomaly) => anomaly.id === id);
  const fetched = useAnomaly(id !== null && !listed && !list.pending ? id : null);
  if (id !== null && !listed && fetched.error && first !== top) setFirst(top);
  return id === null ? null : (listed ?? fetched.data ?? null);
}

interface NowKeys {
  readonly list: AnomalyListState;
  readonly selected: ListedAnomaly | null;
  readonly similar: boolean;
  readonly narrow: boolean;
  readonly walkTo: (id: string) => void;
}

function useNowKeys({ list, selected, similar, narrow, walkTo }: NowKeys): void {
  const { read, change } = useParameters();
  const remark = useRemark();
  const walk = (step: 1 | -1) => (): void => {
    const next = stepFrom(list.shown.map(({ id }) => id), selected?.id ?? null, step);
    if (next !== null) walkTo(next);
  };
  useKeyboard({
    next: walk(1),
    previous: walk(-1),
    open: () => {
      const focusedRow = document.activeElement?.closest('[data-anomaly]')?.getAttribute('data-anomaly');
      if (!selected || (focusedRow && focusedRow !== selected.id)) return false;
      return goTo(metricPath(selected.metric, { anomaly: selected.id }));
    },
    similar: () => (selected ? change({ anomaly: selected.id, similar: similar ? null : '1' }, { push: !similar }) : false),
    acknowledge: () => (selected ? remark.mutate({ anomaly: selected, change: { acknowledged: !selected.acknowledged } }) : false),
    back: () => {
      if (similar) return change({ similar: null });
      if (narrow && read('anomaly') !== null) return change({ anomaly: null });
      return false;
    },
  });
}

interface ListPaneProps {
  readonly list: AnomalyListState;
  readonly window: { readonly from: number; readonly until: number };
  readonly selected: string | null;
  readonly focused: string | null;
  readonly onSelect: (id: string) => void;
  readonly onSimilar: (id: string) => void;
}

function ListPane({ list, ...rest }: ListPaneProps): ReactNode {
  const { read, change } = useParameters();
  const scroller = useRef<HTMLDivElement>(null);
  const { shown, all, waiting, hold } = list;
  const onScroll = ({ currentTarget }: UIEvent): void => hold(currentTarget.scrollTop > 8);
  const toTop = (): void => {
    hold(false);
    scroller.current?.scrollTo({ top: 0 });
  };
  return (
    <section className="now-list" aria-label="What is wrong">
      <div className="now-filters">
        <SeverityLegend counts={list.counts} hidden={list.hidden} onToggle={(kind) => change({ hide: toggleHidden(list.hidden, kind) })} />
        <div className="now-filter-fields">
          <input className="field" type="search" aria-label="Filter by name" placeholder="Filter by name" spellCheck={false} maxLength={1024} value={read('name') ?? ''} onChange={({ target }) => change({ name: target.value === '' ? null : target.value })} />
          <select className="field" aria-label="State" value={read('show') === 'all' ? 'all' : 'open'} onChange={({ target }) => change({ show: target.value === 'all' ? 'all' : null })}>
            <option value="open">Open now</option>
            <option value="all">All in this time</option>
          </select>
        </div>
      </div>
      <div className="now-scroller" ref={scroller} onScroll={onScroll} tabIndex={-1}>
        {waiting > 0 && (
          <button type="button" className="button button-first now-pill" onClick={toTop}>
            {formatCount(waiting)} new
          </button>
        )}
        {list.error ? (
          <ErrorNotice error={list.error} retry={list.retry} what="The anomalies" />
        ) : list.pending ? (
          <WaitingRows />
        ) : shown.length === 0 ? (
          <NothingOpen filtered={all.length > 0} onClear={() => change({ hide: null, name: null })} />
        ) : (
          <AnomalyList anomalies={shown} scroller={scroller} {...rest} />
        )}
        {list.total > all.length && !list.pending && <p className="now-more small dim">{`The ${plural(all.length, 'anomaly', 'anomalies')} with the highest score, of ${formatCount(list.total)}.`}</p>}
      </div>
    </section>
  );
}

function WaitingRows(): ReactNode {
  return (
    <div aria-hidden="true">
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index} className="row-waiting">
          <div className="skeleton" />
        </div>
      ))}
    </div>
  );
}
