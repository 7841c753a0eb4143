import type { Window } from '@skylark/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import type { ListedAnomaly } from '../data/api-types.js';
import { sharedPrefix } from '../design/name-parts.js';
import { AnomalyRow } from './anomaly-row.js';
import './anomaly-list.css';

export interface AnomalyListProps {
  readonly anomalies: readonly ListedAnomaly[];
  readonly window: Window;
  readonly selected: string | null;
  /** The id the keyboard walked to last. */
  readonly focused: string | null;
  readonly onSelect: (id: string) => void;
  readonly onSimilar: (id: string) => void;
}

/** Up to this many rows are simply there; of more only those in sight. */
const mostRowsAtOnce = 100;

/** The ranked list. The page scrolls it: its rows know where they are in the whole. */
export function AnomalyList(props: AnomalyListProps & { readonly scroller: RefObject<HTMLElement | null> }): ReactNode {
  const { anomalies, scroller: _scroller, ...rest } = props;
  const prefix = useMemo(() => sharedPrefix(anomalies.map(({ metric }) => metric)), [anomalies]);
  if (anomalies.length > mostRowsAtOnce) return <LongList {...props} prefix={prefix} />;
  return (
    <ol className="rows" aria-label="Anomalies">
      {anomalies.map((anomaly) => (
        <li key={anomaly.id} data-anomaly={anomaly.id} data-metric={anomaly.metric}>
          <RowOf anomaly={anomaly} prefix={prefix} {...rest} scrolls />
        </li>
      ))}
    </ol>
  );
}

function LongList({ anomalies, scroller, prefix, ...rest }: AnomalyListProps & { readonly scroller: RefObject<HTMLElement | null>; readonly prefix: string }): ReactNode {
  const tall = useMemo(() => globalThis.matchMedia('(pointer: coarse), (max-width: 719px)').matches, []);
  const list = useRef<HTMLOListElement>(null);
  const virtualizer = useVirtualizer({
    count: anomalies.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (tall ? 56 : 44),
    overscan: 12,
    getItemKey: (index) => anomalies[index]?.id ?? index,
  });
  const { focused } = rest;
  const at = useMemo(() => anomalies.findIndex(({ id }) => id === focused), [anomalies, focused]);
  useLayoutEffect(() => {
    if (at !== -1) virtualizer.scrollToIndex(at, { align: 'auto' });
  }, [at, virtualizer]);
  return (
    <ol className="rows rows-long" aria-label="Anomalies" ref={list} style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, start, key }) => {
        const anomaly = anomalies[index];
        if (!anomaly) return null;
        return (
          <li key={key} data-anomaly={anomaly.id} data-metric={anomaly.metric} aria-setsize={anomalies.length} aria-posinset={index + 1} style={{ transform: `translateY(${start}px)` }}>
            <RowOf anomaly={anomaly} prefix={prefix} {...rest} scrolls={false} />
          </li>
        );
      })}
    </ol>
  );
}

type RowOfProps = Omit<AnomalyListProps, 'anomalies'> & { readonly anomaly: ListedAnomaly; readonly prefix: string; readonly scrolls: boolean };

function RowOf({ anomaly, selected, focused, scrolls, ...rest }: RowOfProps): ReactNode {
  const holder = useRef<HTMLDivElement>(null);
  const takesFocus = focused === anomaly.id;
  useEffect(() => {
    if (takesFocus && scrolls) holder.current?.scrollIntoView({ block: 'nearest' });
  }, [takesFocus, scrolls]);
  return (
    <div ref={holder}>
      <AnomalyRow anomaly={anomaly} selected={selected === anomaly.id} takesFocus={takesFocus} {...rest} />
    </div>
  );
}
