import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Logger } from '@skylark/core';
import type { Intake } from '../intake/intake.js';
import { createDatapointsHandler } from './datapoints-handler.js';
import { createLineProtocolHandler } from './line-protocol-handler.js';
import { handlePing } from './ping-handler.js';
import type { WriteContext } from './receive.js';
import { defaultWriteLimits, type WriteLimits } from './write-limits.js';

export interface WriteHandlerOptions {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<WriteLimits>;
  /** Names of line protocol (`measurement.field;tag=value`); see `compileInfluxTemplate`. */
  readonly influxTemplate?: string;
}

/** One route for whoever mounts it; it knows nothing of who may. */
export interface WriteHandler {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly path: string;
  readonly handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Refused for want of credentials, it answers as InfluxDB does: 401 with `WWW-Authenticate: Basic realm="InfluxDB"`. */
  readonly challenge?: 'influx';
  /** Who may: everybody, or who may write. */
  readonly may: 'open' | 'write';
}

/**
 * The HTTP writes as plain handlers: JSON datapoints, and InfluxDB's line protocol with its ping. They never reject; the request's body must
 * not have been read before. A 2xx means that every accepted datapoint is durable.
 *
 * @example
 * for (const { method, path, handler } of createWriteHandlers({ intake, clock, logger })) mount(method, path, handler);
 */
export function createWriteHandlers({ intake, clock, logger, limits = {}, influxTemplate }: WriteHandlerOptions): readonly WriteHandler[] {
  const context: WriteContext = { intake, clock, logger, limits: { ...defaultWriteLimits, ...limits }, budget: { held: 0 }, influxTemplate };
  const lines = createLineProtocolHandler(context);
  return [
    { method: 'POST', path: '/api/v1/datapoints', may: 'write', handler: createDatapointsHandler(context) },
    ...['/write', '/api/v2/write', '/api/v1/write'].map((path) => ({ method: 'POST', path, may: 'write', handler: lines, challenge: 'influx' }) as const),
    ...(['GET', 'HEAD'] as const).map((method) => ({ method, path: '/ping', may: 'open', handler: handlePing, challenge: 'influx' }) as const),
  ];
}
