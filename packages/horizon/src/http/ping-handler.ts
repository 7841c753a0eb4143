import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { send } from './answer.js';
import { queryOf } from './query-of.js';

/** The InfluxDB whose `/write` is spoken here; clients look at it to choose a dialect. */
export const influxVersion = '1.8.10';

export function influxHeaders(response: ServerResponse): Readonly<Record<string, string>> {
  const id = String(response.getHeader('X-Request-Id') ?? randomUUID());
  return { 'X-Influxdb-Version': influxVersion, 'X-Influxdb-Build': 'OSS', 'Request-Id': id, 'X-Request-Id': id };
}

/** `GET|HEAD /ping`: 204 with version headers; with `verbose` 200 and the version. */
export async function handlePing(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const verbose = queryOf(request).get('verbose');
  const headers = influxHeaders(response);
  if (verbose === null || verbose === '0' || verbose === 'false') send(response, { status: 204, headers });
  else send(response, { status: 200, headers, body: { version: influxVersion } });
}
