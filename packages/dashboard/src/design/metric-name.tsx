import type { ReactNode } from 'react';
import { nameParts } from './name-parts.js';
import './metric-name.css';

/** A metric's name on one line: what it shares is dimmed, its middle may be cut by an ellipsis, its end stays. Isolated, so that no letter of it turns the text around it. */
export function MetricName({ name, prefix = '' }: { name: string; prefix?: string }): ReactNode {
  const { shared, middle, end } = nameParts(name, prefix);
  return (
    <bdi className="metric-name" title={name}>
      {shared !== '' && <span className="metric-name-shared">{shared}</span>}
      {middle !== '' && <span className="metric-name-middle">{middle}</span>}
      <span className="metric-name-end">{end}</span>
    </bdi>
  );
}
