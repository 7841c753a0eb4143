import type { Backend, Clock, StateStore } from '@skylark/core';
import { z } from 'zod';
import { defineRoute, type Route } from '../http/route.js';
import type { NameSearch } from '../names/name-search.js';

/** One stage of the data path, for the pipeline page. */
export interface Stage {
  readonly name: string;
  readonly ratePerSecond: number;
  /** null: it has none, or it is not known yet. */
  readonly lagSeconds: number | null;
  readonly queue?: number;
  readonly dropped: number;
}

export interface StatusRouteOptions {
  readonly backend: Pick<Backend, 'kind' | 'stats'> & { readonly state: Pick<StateStore, 'get'> };
  readonly names: NameSearch;
  readonly clock: Clock;
  readonly version: string;
  readonly stages: () => readonly Stage[] | Promise<readonly Stage[]>;
}

/** Where the analyzer keeps the summary of its last round. */
const lastRoundKey = 'analyzer/last-round';

const stage = z.strictObject({ name: z.string(), ratePerSecond: z.number(), lagSeconds: z.number().nullable(), queue: z.number().optional(), dropped: z.number() });
const round = z.object({ slot: z.number(), series: z.number(), anomalies: z.number(), tookMs: z.number(), late: z.union([z.boolean(), z.number()]) });
const status = z
  .strictObject({
    version: z.string(),
    uptimeSeconds: z.number(),
    backend: z.string(),
    stages: z.array(stage),
    lastRound: round.nullable().meta({ description: 'null before the first round' }),
    metrics: z.int().meta({ description: "without Skylark's own" }),
    storeBytes: z.number(),
  })
  .meta({ id: 'Status' });

/** `GET /api/v1/status`. */
export function statusRoutes({ backend, names, clock, version, stages }: StatusRouteOptions): Route[] {
  const startedMs = clock.elapsedMs();
  const get = defineRoute({
    method: 'GET',
    path: '/api/v1/status',
    may: 'read',
    summary: 'What this Skylark is doing',
    answers: { 200: { description: 'rates, lags and sizes', schema: status } },
    async handle() {
      const [metrics, { bytes }, lastRound, at] = await Promise.all([names.count(), backend.stats(), readLastRound(), stages()]);
      return {
        version,
        uptimeSeconds: (clock.elapsedMs() - startedMs) / 1000,
        backend: backend.kind,
        stages: at,
        lastRound,
        metrics,
        storeBytes: bytes,
      };
    },
  });
  return [get];

  async function readLastRound(): Promise<z.infer<typeof round> | null> {
    const record = await backend.state.get(lastRoundKey);
    const parsed = round.safeParse(record?.value);
    return parsed.success ? parsed.data : null;
  }
}
