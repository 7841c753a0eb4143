import type { Window } from '@skylark/core';
import { type ReactNode, useEffect, useRef } from 'react';
import type { ListedAnomaly } from '../data/api-types.js';
import { AnomalyRow } from './anomaly-row.js';

export interface WalkedRowProps {
  readonly anomaly: ListedAnomaly;
  readonly prefix: string;
  readonly window: Window;
  readonly selected: string | null;
  /** The id the keyboard walked to last. */
  readonly focused: string | null;
  /** Whether the row itself comes into sight; a long list scrolls for its rows. */
  readonly scrolls: boolean;
  readonly onSelect: (id: string) => void;
  readonly onSimilar: (id: string) => void;
}

/** A row that takes the focus, and comes into sight, when the keyboard walks to it. */
export function WalkedRow({ anomaly, selected, focused, scrolls, ...rest }: WalkedRowProps): ReactNode {
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
