import { randomUUID } from 'node:crypto';
import type { Sampler } from '@skylark/core';
import compression from 'compression';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { createAdmission } from './access/admission.js';
import type { Api, ApiOptions, ReadOptions } from './api-options.js';
import { serveDashboard } from './dashboard/serve-dashboard.js';
import { createEventFeed } from './events/event-feed.js';
import { asRoute, type ExtraRoute, refuseAsInflux } from './http/extra-routes.js';
import { handleErrors, refuseUnknownRoutes } from './http/handle-errors.js';
import { mountRoutes } from './http/mount-routes.js';
import { assignRequestIds } from './http/request-id.js';
import type { Route } from './http/route.js';
import { secureHeaders } from './http/secure-headers.js';
import { createNameDirectory } from './names/name-directory.js';
import { createNameSearch } from './names/name-search.js';
import { createLoopMonitor } from './observe/loop-monitor.js';
import { createRecentMetrics } from './names/recent-metrics.js';
import { alertRoutes } from './routes/alerts.js';
import { anomalyRoutes } from './routes/anomalies.js';
import { collectionRoutes } from './routes/collections.js';
import { eventRoutes } from './routes/events.js';
import { createNodeFigures, healthRoutes } from './routes/health.js';
import { metricRoutes } from './routes/metrics.js';
import { openApiRoute } from './routes/openapi.js';
import { searchRoutes } from './routes/search.js';
import { seriesRoutes } from './routes/series.js';
import { sessionRoutes } from './routes/session.js';
import { skylineRoutes } from './routes/skyline.js';
import { statusRoutes } from './routes/status.js';
import { treeRoutes } from './routes/tree.js';

/**
 * The HTTP side of a role: health and figures always, the extra routes it is handed, and with `read` the whole API and the dashboard.
 *
 * A request passes: id and headers, compression, then its route's admission (who may, from which page), body, validators, handler. Whatever is thrown on the way
 * becomes one problem document.
 */
export function createApi(options: ApiOptions): Api {
  const { clock, logger, access, version, extraRoutes = [], read } = options;
  const draining = new AbortController();
  const loop = createLoopMonitor({ clock, logger });
  const admission = createAdmission(access, clock);
  const feed = read && createEventFeed({ anomalies: read.backend.anomalies, clock, logger });
  const ownSamples: Sampler = () => [...loop.samples(), buildInfo(version)];

  const described: Route[] = [
    ...healthRoutes({ probes: [...options.probes, () => [loop.check()], ...noteOpenDoor(options)], samplers: [...options.samplers, ownSamples], clock, logger, draining: draining.signal, nodeFigures: createNodeFigures() }),
    ...extraRoutes.map(asRoute),
    ...(read && feed ? readRoutes(read) : []),
  ];
  const routes = [...described, openApiRoute(described, version)];
  return {
    app: assemble(),
    routes,
    samples: ownSamples,
    drain: () => draining.abort(),
    async close() {
      draining.abort();
      loop.close();
      await feed?.close();
    },
  };

  function readRoutes({ backend, names: functions, search, changes, seenBefore, alerts, stages, removeMetrics, directory: shared, eventLimits }: ReadOptions): Route[] {
    const { series, anomalies, collections } = backend;
    const directory = shared ?? createNameDirectory({ series, clock });
    const recent = createRecentMetrics(anomalies, clock);
    const names = createNameSearch(directory, functions);
    return [
      ...metricRoutes({ series, clock, names, recent: recent.metrics, removeMetrics }),
      ...treeRoutes({ directory, worst: recent.worst }),
      ...seriesRoutes({ series, clock, names }),
      ...anomalyRoutes({ anomalies, clock, compileMatcher: functions.compileMatcher, seenBefore, quieted: alerts.book.quieted }),
      ...searchRoutes({ clock, names, search, changes }),
      ...collectionRoutes({ collections, series, clock, names, newId: randomUUID }),
      ...alertRoutes({ ...alerts, anomalies, clock }),
      ...(feed ? eventRoutes({ feed, clock, logger, draining: draining.signal, ...(eventLimits ? { limits: eventLimits } : {}) }) : []),
      ...statusRoutes({ backend, names, clock, version, stages }),
      ...sessionRoutes(admission, clock),
      ...skylineRoutes({ series, anomalies }),
    ];
  }

  function assemble(): Express {
    const app = express();
    app.disable('x-powered-by').disable('etag').set('query parser', false).set('case sensitive routing', true).set('strict routing', true);
    app.use(assignRequestIds(), ...secureHeaders(), compress());
    mountRoutes(app, routes, admission.admit);
    if (read?.dashboardFolder !== undefined) serveDashboard(app, read.dashboardFolder);
    app.use(refuseUnknownRoutes, refuseInTheirManner(extraRoutes), handleErrors(logger));
    return app;
  }
}

/** All but event streams, which must not wait for a full block. */
function compress(): express.RequestHandler {
  const isStream = (type: unknown): boolean => typeof type === 'string' && type.startsWith('text/event-stream');
  return compression({ filter: (request, response) => !isStream(response.getHeader('Content-Type')) && compression.filter(request, response) });
}

function refuseInTheirManner(extraRoutes: readonly ExtraRoute[]): ErrorRequestHandler {
  const influxPaths = new Set(extraRoutes.filter(({ challenge }) => challenge === 'influx').map(({ path }) => path));
  return (error, request, response, next) => {
    if (!refuseAsInflux(error, request, response, influxPaths)) next(error);
  };
}

/** A door left open on purpose shows at /readyz. */
function noteOpenDoor({ access: { tokens, insecure = false } }: ApiOptions): ApiOptions['probes'] {
  if (!insecure || tokens.length > 0) return [];
  return [() => [{ name: 'access', ok: true, reason: 'anybody may all: no token is set (--insecure-bind)' }]];
}

function buildInfo(version: string): ReturnType<Sampler>[number] {
  return { name: 'skylark_build_info', help: 'Always 1; the labels say what runs', kind: 'gauge', labels: { version, node: process.versions.node }, value: 1 };
}
