import type { Series, Window } from '@skylark/core';
import type { ReplayRequest, ReplayAnswer } from './replay-shapes.js';

/** Stored history, of a running Skylark or of a folder that nobody runs. */
export interface HistoryAccess {
  /** Names that a query means, as the API finds them. */
  find(query: string): Promise<string[]>;
  read(metric: string, window: Window): Promise<Series>;
  /** Adds datapoints, whatever `horizon.maxAge` says; durable when it resolves. @throws SkylarkError too-old-for-retention */
  write(series: Series): Promise<void>;
  /** Judges one metric's past and records what it finds. */
  replay(metric: string, request: ReplayRequest): Promise<ReplayAnswer>;
  close(): Promise<void>;
}
