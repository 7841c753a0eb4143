import type { Series, Window } from '@skylark/core';
import type { ReplayRequest, ReplayAnswer } from './replay-shapes.js';

export interface WriteOptions {
  /** Leaves out what is older than the retention, instead of refusing it all. */
  readonly leaveOutOld: boolean;
}

/** Stored history, of a running Skylark or of a folder that nobody runs. */
export interface HistoryAccess {
  /** Names that a query means, as the API finds them. */
  find(query: string): Promise<string[]>;
  read(metric: string, window: Window): Promise<Series>;
  /** Adds datapoints, whatever `horizon.maxAge` says; durable when it resolves. Answers how many. @throws SkylarkError too-old-for-retention, unless what is older is left out */
  write(series: Series, options: WriteOptions): Promise<number>;
  /** Judges one metric's past and records what it finds. */
  replay(metric: string, request: ReplayRequest): Promise<ReplayAnswer>;
  close(): Promise<void>;
}
