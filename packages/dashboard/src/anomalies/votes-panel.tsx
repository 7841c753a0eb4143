import type { ReactNode } from 'react';
import type { ListedAnomaly } from '../data/api-types.js';
import { formatValue } from '../design/format.js';
import { VoteDots } from './vote-dots.js';
import { detectorName, votesInWords } from './wording.js';
import './votes-panel.css';

/** Each test's or part's vote, its figure against the threshold, and why; those that fired first. */
export function VotesPanel({ anomaly }: { anomaly: ListedAnomaly }): ReactNode {
  const reports = [...anomaly.detectors].sort((a, b) => rank(b.vote) - rank(a.vote));
  return (
    <section className="panel" aria-label="Votes">
      <div className="panel-head">
        <h2>Votes</h2>
        <span className="dim">{votesInWords(anomaly)}</span>
        <VoteDots anomaly={anomaly} />
      </div>
      {reports.length === 0 ? (
        <p className="dim">{anomaly.kind === 'stopped' ? 'The metric sends nothing any more: there was no series to vote on.' : 'No votes were kept.'}</p>
      ) : (
        <ul className="votes">
          {reports.map(({ name, vote, statistic, threshold, explanation }) => (
            <li key={name} data-vote={String(vote)}>
              <span className="vote-word">{vote === true ? 'fired' : vote === false ? 'quiet' : 'abstained'}</span>
              <span className="vote-name">{detectorName(name)}</span>
              <span className="number small vote-figures">{statistic === null || threshold === null ? '' : `${formatValue(statistic)} / ${formatValue(threshold)}`}</span>
              <span className="vote-why dim">{explanation}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function rank(vote: boolean | null): number {
  return vote === true ? 2 : vote === false ? 1 : 0;
}
