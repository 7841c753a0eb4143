import { replay, type ReplayAnswer } from '@skylark/analyzer';
import { type Backend, type Clock, SkylarkError } from '@skylark/core';
import type { Config } from '../config/settings.js';
import type { ReplayRequest } from '../history/replay-shapes.js';
import { overriddenSettings } from './role-settings.js';

export interface MakeReplayOptions {
  readonly backend: Pick<Backend, 'series' | 'anomalies'>;
  readonly config: Config;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The call `replay` of a thread: one metric's past, slot by slot. */
export function makeReplay({ backend, config, clock, signal }: MakeReplayOptions): (request: ReplayRequest & { readonly metric: string }) => Promise<ReplayAnswer> {
  const { series, anomalies: log } = backend;
  return async ({ metric, from, until, dryRun, settings: given }) => {
    const [span] = await series.spans([metric]);
    if (span?.lastTimestamp === null || span === undefined) throw new SkylarkError('unknown-metric', metric);
    return replay({ series, log, clock, settings: overriddenSettings(config, given) }, { metrics: [metric], from, until, dryRun, signal });
  };
}
