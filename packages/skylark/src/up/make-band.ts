import { compileSettings, expectedBand, type ExpectedBand } from '@skylark/analyzer';
import { type Backend, type Clock, SkylarkError } from '@skylark/core';
import type { Config } from '../config/settings.js';
import { analyzerSettings } from './role-settings.js';

export interface BandRequest {
  readonly metric: string;
  readonly from: number;
  readonly until: number;
  readonly maxPoints?: number | undefined;
}

export interface BandAnswer extends ExpectedBand {
  /** Whether that is what judges the metric: not under `nine`, nor where a rule names detectors. */
  readonly inForce: boolean;
}

/** The call `expectedBand` of a thread: what the ensemble `default` expected of a metric in a window. */
export function makeBand({ backend, config, clock }: { backend: Pick<Backend, 'series'>; config: Config; clock: Clock }): (request: BandRequest) => Promise<BandAnswer> {
  const settings = analyzerSettings(config);
  const { isStreamed } = compileSettings(settings);
  return async (request) => {
    const [span] = await backend.series.spans([request.metric]);
    if (span?.lastTimestamp === null || span === undefined) throw new SkylarkError('unknown-metric', request.metric);
    return { ...(await expectedBand({ series: backend.series, clock, settings }, request)), inForce: isStreamed(request.metric) };
  };
}
