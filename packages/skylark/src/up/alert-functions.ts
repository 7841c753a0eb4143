import { randomUUID } from 'node:crypto';
import { createAlertBook, createNotifier, createShapesOf, createWebhookSender, type Notifier, readIncidents } from '@skylark/analyzer';
import type { AlertFunctions } from '@skylark/api';
import type { AlertBook, Backend, Clock, Logger, RelatedMetric, SearchAnswer, SearchRequest } from '@skylark/core';
import type { Config } from '../config/settings.js';

export interface AlertsOptions {
  readonly backend: Backend;
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly holder: string;
}

export function alertBook({ backend, config, clock }: Pick<AlertsOptions, 'backend' | 'config' | 'clock'>): AlertBook {
  const { anomalies: log, state } = backend;
  return createAlertBook({ log, state, clock, newId: randomUUID, minScore: config['notifications.minScore'], shapesOf: createShapesOf(backend) });
}

export function notifierOf(options: AlertsOptions): Notifier {
  const { backend, config, clock, logger, holder } = options;
  return createNotifier({
    ...{ log: backend.anomalies, state: backend.state, book: alertBook(options), clock, logger, holder },
    minScore: config['notifications.minScore'],
    targets: config['notifications.targets'],
    send: createWebhookSender({ allowAddresses: config['notifications.allowAddresses'] }),
  });
}

/** Related metrics are as alike as curves of noise never are (per point, z-normalised), within five minutes either way, found within a page's patience. */
const alikeWithin = 0.75;
const related = { scope: 'live', maxLagSeconds: 300, mirrored: true, budgetMs: 800 } as const;
const mostRelated = 10;

export function alertFunctions(options: AlertsOptions, search: (request: SearchRequest) => Promise<SearchAnswer>): AlertFunctions {
  const notifier = notifierOf(options);
  return {
    book: alertBook(options),
    incidents: (window) => readIncidents(options.backend.anomalies, window),
    async related(anomaly, members) {
      // An incident is worth showing without it: the search thread may be away, the leader flat.
      const answer = await search({ anomaly, limit: mostRelated + members.length, ...related }).catch(() => null);
      const matches = answer?.matches.filter(({ metric, distance, source }) => source === 'live' && !members.includes(metric) && distance <= alikeWithin * Math.sqrt(answer.length)) ?? [];
      return matches.slice(0, mostRelated).map(({ metric, distance, lagSeconds = 0, sign = 1 }): RelatedMetric => ({ metric, distance, lagSeconds, sign }));
    },
    notifications: () => notifier.history(),
  };
}
