import type { ReactNode } from 'react';
import type { FoundMetric } from '../data/api-types.js';
import { cutAtRanges } from './highlight.js';
import './names.css';

/** A found name with the letters that matched made strong. */
export function FoundName({ found: { metric, ranges } }: { found: FoundMetric }): ReactNode {
  return (
    <bdi className="found-name mono" title={metric}>
      {cutAtRanges(metric, ranges).map(({ text, matched }, index) => (matched ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>))}
    </bdi>
  );
}
