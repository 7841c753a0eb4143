export { createScorer } from './scorer.js';
export type { Scorer, ScorerOptions } from './scorer.js';
