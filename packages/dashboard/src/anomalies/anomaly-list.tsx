import { type ReactNode, type RefObject, useMemo } from 'react';
import type { ListedAnomaly } from '../data/api-types.js';
import { sharedPrefix } from '../design/name-parts.js';
import { LongList } from './long-list.js';
import { WalkedRow, type WalkedRowProps } from './walked-row.js';
import './anomaly-list.css';

export interface AnomalyListProps extends Omit<WalkedRowProps, 'anomaly' | 'prefix' | 'scrolls'> {
  readonly anomalies: readonly ListedAnomaly[];
  readonly scroller: RefObject<HTMLElement | null>;
}

/** Up to this many rows are simply there; of more only those in sight. */
const mostRowsAtOnce = 100;

/** The ranked list; `scroller` is the element that scrolls it. */
export function AnomalyList(props: AnomalyListProps): ReactNode {
  const { anomalies, scroller: _scroller, ...rest } = props;
  const prefix = useMemo(() => sharedPrefix(anomalies.map(({ metric }) => metric)), [anomalies]);
  if (anomalies.length > mostRowsAtOnce) return <LongList {...props} prefix={prefix} />;
  return (
    <ol className="rows" aria-label="Anomalies">
      {anomalies.map((anomaly) => (
        <li key={anomaly.id} data-anomaly={anomaly.id} data-metric={anomaly.metric}>
          <WalkedRow anomaly={anomaly} prefix={prefix} {...rest} scrolls />
        </li>
      ))}
    </ol>
  );
}
