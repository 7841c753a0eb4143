export { createScorer } from './scorer.js';
export type { Scorer, ScorerOptions } from './scorer.js';
export { createLiveShapes } from './live/live-shapes.js';
export type { LiveShapes, LiveShapesOptions } from './live/live-shapes.js';
export { openSearchCrew } from './live/search-crew.js';
export type { SearchCrew, SearchCrewOptions } from './live/search-crew.js';
