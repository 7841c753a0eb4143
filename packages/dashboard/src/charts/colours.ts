import type { Severity } from '@skylark/core';
import { useMemo } from 'react';
import { useTheme } from '../app/theme.js';

/** The colours of the design, resolved for canvas. */
export interface Colours {
  readonly text: string;
  readonly dim: string;
  readonly trace: string;
  readonly accent: string;
  readonly match: string;
  readonly severity: Readonly<Record<Severity, string>>;
}

export function useColours(): Colours {
  const { version } = useTheme();
  return useMemo(() => readColours(version), [version]);
}

/** Read anew for each version of the theme. */
function readColours(_version: number): Colours {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim() || '#888';
  return {
    text: colour('text'),
    dim: colour('text-faint'),
    trace: colour('trace'),
    accent: colour('accent'),
    match: colour('match'),
    severity: { critical: colour('critical'), major: colour('major'), minor: colour('minor'), warning: colour('warning') },
  };
}

/** A colour at a share of its opacity, for canvas. */
export function faded(colour: string, percent: number): string {
  return `color-mix(in oklab, ${colour} ${percent}%, transparent)`;
}
