import type { Severity } from '@skylark/core';
import type { ListedAnomaly } from '../data/api-types.js';

/** What the list leaves out. */
export interface ListFilter {
  /** Words that must all occur in the name, ignoring case; a word with `*` is a glob for the whole name. */
  readonly words: string;
  readonly hidden: ReadonlySet<Severity | 'acknowledged'>;
}

/** Hidden kinds as they stand in the address: `hide=minor,warning`. */
export function readHidden(parameter: string | null): ListFilter['hidden'] {
  const known = new Set(['critical', 'major', 'minor', 'warning', 'acknowledged']);
  return new Set((parameter ?? '').split(',').filter((word): word is Severity | 'acknowledged' => known.has(word)));
}

export function toggleHidden(hidden: ListFilter['hidden'], kind: Severity | 'acknowledged'): string | null {
  const next = new Set(hidden);
  if (!next.delete(kind)) next.add(kind);
  return next.size === 0 ? null : [...next].join(',');
}

export function filterAnomalies(anomalies: readonly ListedAnomaly[], { words, hidden }: ListFilter): readonly ListedAnomaly[] {
  const matches = nameFilter(words);
  if (hidden.size === 0 && words.trim() === '') return anomalies;
  return anomalies.filter(({ metric, severity, acknowledged }) => !hidden.has(severity) && !(acknowledged && hidden.has('acknowledged')) && matches(metric));
}

function nameFilter(words: string): (metric: string) => boolean {
  const tests = words.toLowerCase().split(/\s+/).filter((word) => word !== '').map((word) => (word.includes('*') ? globTest(word) : (metric: string) => metric.includes(word)));
  return (metric) => {
    const lower = metric.toLowerCase();
    return tests.every((test) => test(lower));
  };
}

/** `*` stands for any letters. By searching the pieces one after the other: linear, whatever is typed. */
function globTest(glob: string): (text: string) => boolean {
  const pieces = glob.split('*');
  const [first = ''] = pieces;
  const last = pieces.at(-1) ?? '';
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
    let at = first.length;
    for (const piece of pieces.slice(1, -1)) {
      const found = text.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}

export type SeverityCounts = Readonly<Record<Severity | 'acknowledged', number>>;

export function countSeverities(anomalies: readonly ListedAnomaly[]): SeverityCounts {
  const counts = { critical: 0, major: 0, minor: 0, warning: 0, acknowledged: 0 };
  for (const { severity, acknowledged } of anomalies) {
    counts[severity]++;
    if (acknowledged) counts.acknowledged++;
  }
  return counts;
}

/** The list as it was when it was held, with what changed in it, and how many have come since. */
export interface HeldList {
  readonly shown: readonly ListedAnomaly[];
  readonly waiting: number;
}

/**
 * Keeps rows in their places while somebody reads them: `order` is the ids at the moment of holding, null when the list runs free.
 * Rows that left meanwhile are gone; new ones wait.
 */
export function holdOrder(current: readonly ListedAnomaly[], order: readonly string[] | null): HeldList {
  if (order === null) return { shown: current, waiting: 0 };
  const byId = new Map(current.map((anomaly) => [anomaly.id, anomaly]));
  const shown = order.flatMap((id) => byId.get(id) ?? []);
  return { shown, waiting: current.length - shown.length };
}

/** The id one step from the selected one; the first when nothing is selected, and never past an end. */
export function stepFrom(ids: readonly string[], selected: string | null, step: 1 | -1): string | null {
  const at = selected === null ? -1 : ids.indexOf(selected);
  if (at === -1) return ids[0] ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))] ?? null;
}
