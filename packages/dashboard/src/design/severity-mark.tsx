import type { Severity } from '@skylark/core';
import type { ReactNode } from 'react';

export const severities: readonly Severity[] = ['critical', 'major', 'minor', 'warning'];

const shapes: Readonly<Record<Severity, ReactNode>> = {
  critical: <path d="M8 .8 15.2 8 8 15.2.8 8Z" />,
  major: <path d="M8 1.6 15.4 14.4H.6Z" />,
  minor: <circle cx="8" cy="8" r="6.2" />,
  warning: <rect x="2.2" y="2.2" width="11.6" height="11.6" rx="1" />,
};

/** A severity as colour and shape; its word must stand beside it. */
export function SeverityMark({ severity, size = 12 }: { severity: Severity; size?: number }): ReactNode {
  return (
    <svg className="severity-mark" data-severity={severity} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      {shapes[severity] ?? shapes.warning}
    </svg>
  );
}

/** First letter large: `Critical`. */
export function severityWord(severity: Severity): string {
  return severity.charAt(0).toUpperCase() + severity.slice(1);
}
