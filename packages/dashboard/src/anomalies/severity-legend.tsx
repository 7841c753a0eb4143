import type { ReactNode } from 'react';
import { formatCount } from '../design/format.js';
import { severities, SeverityMark, severityWord } from '../design/severity-mark.js';
import type { ListFilter, SeverityCounts } from './list-view.js';

type Kind = Parameters<ListFilter['hidden']['has']>[0];

/** The four bands with how many there are; pressing one leaves it out. */
export function SeverityLegend({ counts, hidden, onToggle }: { counts: SeverityCounts; hidden: ListFilter['hidden']; onToggle: (kind: Kind) => void }): ReactNode {
  return (
    <div className="legend" role="group" aria-label="Show severities">
      {severities.map((severity) => (
        <button key={severity} type="button" className="legend-entry" data-severity={severity} aria-pressed={!hidden.has(severity)} onClick={() => onToggle(severity)}>
          <SeverityMark severity={severity} />
          <span>{severityWord(severity)}</span>
          <b className="number">{formatCount(counts[severity])}</b>
        </button>
      ))}
      {counts.acknowledged > 0 && (
        <button type="button" className="legend-entry" aria-pressed={!hidden.has('acknowledged')} onClick={() => onToggle('acknowledged')}>
          <span>Acknowledged</span>
          <b className="number">{formatCount(counts.acknowledged)}</b>
        </button>
      )}
    </div>
  );
}
