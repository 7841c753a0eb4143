import type { ExtraRoute } from '@skylark/api';
import { type Backend, type Clock, isSkylarkError, SkylarkError } from '@skylark/core';
import { z } from 'zod';
import { replayRequest } from '../history/replay-shapes.js';
import { sortedSeries } from '../history/sorted-series.js';
import { writeHistory } from '../history/write-history.js';
import { readJsonBody, sendJson } from './read-json-body.js';
import { verifyStore } from './verify-store.js';

export interface HistoryRouteOptions {
  readonly backend: Pick<Backend, 'series' | 'stats' | 'health'>;
  readonly retentionSeconds: number | null;
  readonly maxNameBytes: number;
  readonly clock: Clock;
  /** Runs in the analysis thread. */
  readonly replay: (request: unknown) => Promise<unknown>;
}

const maxBytes = 32 * 1024 * 1024;
const historyBody = z
  .strictObject({ metric: z.string().min(1), timestamps: z.array(z.number()), values: z.array(z.number()), leaveOutOld: z.boolean().default(false) })
  .refine(({ timestamps, values }) => timestamps.length === values.length, 'timestamps and values differ in length');
const replayBody = replayRequest.extend({ metric: z.string().min(1) });

/** What import, replay and db ask of a running Skylark; for admins. */
export function historyRoutes({ backend, retentionSeconds, maxNameBytes, clock, replay }: HistoryRouteOptions): ExtraRoute[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/history',
      may: 'admin',
      summary: 'Adds a stretch of history to one metric, whatever horizon.maxAge says',
      handler: async (request, response) => {
        const { metric, timestamps, values, leaveOutOld } = await readJsonBody(request, historyBody, maxBytes);
        const target = { series: backend.series, retentionSeconds, maxNameBytes, now: clock.now(), leaveOutOld };
        sendJson(response, { accepted: await writeHistory(target, sortedSeries(metric, timestamps, values)) });
      },
    },
    {
      method: 'POST',
      path: '/api/v1/replay',
      may: 'admin',
      summary: "Judges one metric's past slot by slot and records what it finds",
      handler: async (request, response) => sendJson(response, await replay(await readJsonBody(request, replayBody, maxBytes)).catch(refuseSettings)),
    },
    {
      method: 'GET',
      path: '/api/v1/db/stats',
      may: 'admin',
      summary: 'Metrics and bytes of the store',
      handler: async (_, response) => sendJson(response, await backend.stats()),
    },
    {
      method: 'POST',
      path: '/api/v1/db/verify',
      may: 'admin',
      summary: 'Reads every datapoint, which checks every checksum',
      handler: async (_, response) => sendJson(response, await verifyStore(backend)),
    },
  ];
}

/** Settings of a request that are not usable are the asker's mistake, not the configuration's. */
function refuseSettings(error: unknown): never {
  if (isSkylarkError(error, 'bad-config')) throw new SkylarkError('bad-request', error.detail, { cause: error });
  throw error;
}
