import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef } from 'react';
import type { ListedAnomaly } from '../data/api-types.js';
import { WalkedRow, type WalkedRowProps } from './walked-row.js';

export interface LongListProps extends Omit<WalkedRowProps, 'anomaly' | 'scrolls'> {
  readonly anomalies: readonly ListedAnomaly[];
  readonly scroller: RefObject<HTMLElement | null>;
}

/** As many rows as are in sight, and some around them; each says where it is in the whole. */
export function LongList({ anomalies, scroller, prefix, ...rest }: LongListProps): ReactNode {
  const tall = useMemo(() => globalThis.matchMedia('(pointer: coarse), (max-width: 719px)').matches, []);
  const virtualizer = useVirtualizer({
    count: anomalies.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (tall ? 56 : 44),
    overscan: 12,
    getItemKey: (index) => anomalies[index]?.id ?? index,
  });
  const { focused } = rest;
  const walkedTo = useRef<string | null>(null);
  useLayoutEffect(() => {
    // Once for each step of the keyboard: not when others come or go above it.
    if (walkedTo.current === focused) return;
    walkedTo.current = focused;
    const at = anomalies.findIndex(({ id }) => id === focused);
    if (at !== -1) virtualizer.scrollToIndex(at, { align: 'auto' });
  }, [anomalies, focused, virtualizer]);
  return (
    <ol className="rows rows-long" aria-label="Anomalies" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, start, key }) => {
        const anomaly = anomalies[index];
        if (!anomaly) return null;
        return (
          <li key={key} data-anomaly={anomaly.id} data-metric={anomaly.metric} aria-setsize={anomalies.length} aria-posinset={index + 1} style={{ transform: `translateY(${start}px)` }}>
            <WalkedRow anomaly={anomaly} prefix={prefix} {...rest} scrolls={false} />
          </li>
        );
      })}
    </ol>
  );
}
