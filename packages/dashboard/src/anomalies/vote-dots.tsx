import type { ReactNode } from 'react';
import type { ListedAnomaly } from '../data/api-types.js';
import { votesInWords } from './wording.js';

/** One dot a test or part, in the ensemble's order: full fired, hollow quiet, small abstained. */
export function VoteDots({ anomaly }: { anomaly: ListedAnomaly }): ReactNode {
  const votes = anomaly.detectors.length > 0 ? anomaly.detectors.map(({ vote }) => vote) : Object.values(anomaly.votes);
  if (votes.length === 0) return null;
  const words = votesInWords(anomaly);
  return (
    <svg className="vote-dots" role="img" aria-label={words} width={votes.length * 7} height={8} viewBox={`0 0 ${votes.length * 7} 8`}>
      <title>{words}</title>
      {votes.map((vote, index) => (
        <circle key={index} cx={3.5 + index * 7} cy={4} r={vote === null ? 1 : 2.3} className={vote === true ? 'vote-fired' : vote === false ? 'vote-quiet' : 'vote-abstained'} />
      ))}
    </svg>
  );
}
