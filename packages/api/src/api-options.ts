import type { Backend, Clock, Logger, MetricChange, Sampler, SearchAnswer, SearchRequest, SeenBefore, Window } from '@skylark/core';
import type { RequestListener } from 'node:http';
import type { AccessOptions } from './access/access.js';
import type { ExtraRoute } from './http/extra-routes.js';
import type { Route } from './http/route.js';
import type { NameFunctions } from './names/name-functions.js';
import type { NameDirectory } from './names/name-directory.js';
import type { AlertFunctions } from './routes/alerts.js';
import type { EventRouteOptions } from './routes/events.js';
import type { HealthProbe } from './routes/health.js';
import type { Stage } from './routes/status.js';

/** What the role `api` needs; a role without it serves health, figures and the extra routes only. */
export interface ReadOptions {
  readonly backend: Pick<Backend, 'kind' | 'series' | 'anomalies' | 'collections' | 'state' | 'stats'>;
  readonly names: NameFunctions;
  readonly search: (request: SearchRequest) => Promise<SearchAnswer>;
  readonly changes: (window: Window, limit: number) => Promise<readonly MetricChange[]>;
  readonly seenBefore: (anomaly: string, limit: number) => Promise<readonly SeenBefore[]>;
  readonly alerts: AlertFunctions;
  /** Stages of the data path, for `/api/v1/status`. */
  readonly stages: () => readonly Stage[] | Promise<readonly Stage[]>;
  /** Forgets metrics with all that belongs to them; answers how many existed. */
  readonly removeMetrics: (metrics: readonly string[]) => Promise<number>;
  /** The built dashboard; absent: no pages. */
  readonly dashboardFolder?: string;
  /** One that others use too; default: its own. */
  readonly directory?: NameDirectory;
  readonly eventLimits?: NonNullable<EventRouteOptions['limits']>;
}

export interface ApiOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly access: AccessOptions;
  /** Asked at /readyz: the backend's `health`, the intake, the lag ... */
  readonly probes: readonly HealthProbe[];
  /** Shown at /metrics. */
  readonly samplers: readonly Sampler[];
  readonly extraRoutes?: readonly ExtraRoute[];
  readonly read?: ReadOptions;
}

export interface Api {
  /** For `http.createServer`, or `listenHttp`. */
  readonly app: RequestListener;
  /** Every route that is served, as data. */
  readonly routes: readonly Route[];
  /** Its own figures, for those who feed figures back as series. */
  readonly samples: Sampler;
  /** Before an end: not ready from now on, event streams end; requests are still answered. */
  readonly drain: () => void;
  /** Ends what it keeps running. Close the server first. */
  readonly close: () => Promise<void>;
}
