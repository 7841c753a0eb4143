import { randomUUID } from 'node:crypto';
import { createAlertBook, createNotifier, createShapesOf, createWebhookSender, type Notifier, readIncidents } from '@skylark/analyzer';
import type { AlertFunctions } from '@skylark/api';
import type { AlertBook, Backend, Clock, Logger, SearchAnswer, SearchRequest } from '@skylark/core';
import type { Config } from '../config/settings.js';
import { createRelatedMetrics } from './related-metrics.js';

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

export function alertFunctions(options: AlertsOptions, search: (request: SearchRequest) => Promise<SearchAnswer>): AlertFunctions {
  const notifier = notifierOf(options);
  return {
    book: alertBook(options),
    incidents: (window) => readIncidents(options.backend.anomalies, window),
    related: createRelatedMetrics({ log: options.backend.anomalies, series: options.backend.series, search }),
    notifications: () => notifier.history(),
  };
}
