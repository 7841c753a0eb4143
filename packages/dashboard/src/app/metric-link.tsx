import type { ReactNode } from 'react';
import { MetricName } from '../design/metric-name.js';
import { Link } from './location.js';

/** A link under a metric's name; to a listener the whole name, however it is shortened for the eye. */
export function MetricLink({ to, name, prefix = '', className }: { to: string; name: string; prefix?: string; className?: string }): ReactNode {
  return (
    <Link to={to} aria-label={name} {...(className === undefined ? {} : { className })}>
      <MetricName name={name} prefix={prefix} />
    </Link>
  );
}
