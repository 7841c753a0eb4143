import { availableParallelism } from 'node:os';
import type { Clock, Logger, SeriesStore } from '@skylark/core';
import { createLiveShapes, type LiveShapes, openSearchCrew } from '@skylark/scorer';
import type { Config } from '../config/settings.js';

export interface LiveShapesPorts {
  readonly series: SeriesStore;
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The live index and the threads that search in it: one less than there are cores, at least one, besides the search thread. `SKYLARK_SIMD=off` leaves the compiled
 * kernels out. Null where the memory cannot be had: searches then read the store.
 */
export async function openLiveShapes({ series, config, clock, logger }: LiveShapesPorts): Promise<{ readonly shapes: LiveShapes; readonly close: () => Promise<void> } | null> {
  try {
    const threads = Math.max(1, availableParallelism() - 1);
    const crew = await openSearchCrew({ simd: process.env['SKYLARK_SIMD'] !== 'off', threads, maximumBytes: config['search.memoryMiB'] * 2 ** 20, logger });
    const windows = config['search.windows'].map((windowSeconds) => ({ windowSeconds, length: config['search.points'] }));
    logger.info('search.crew', { threads: crew.threads, simd: crew.simd });
    return { shapes: createLiveShapes({ series, crew, windows, clock, logger }), close: () => crew.close() };
  } catch (error) {
    logger.warn('search.no-live-index', { error });
    return null;
  }
}
