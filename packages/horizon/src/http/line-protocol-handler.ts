import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorMessages, isSkylarkError } from '@skylark/core';
import { decodeLineProtocolInSlices, type LineProtocolOptions, type LineProtocolResult } from '../decoders/influx/line-protocol.js';
import { precisionOf } from '../decoders/influx/precision.js';
import type { Submission } from '../intake/intake.js';
import { retryAfterSeconds, send, type Answer } from './answer.js';
import { influxHeaders } from './ping-handler.js';
import { queryOf } from './query-of.js';
import { commitInTime, fill, receive, type WriteContext } from './receive.js';

/**
 * `POST /write`, `/api/v2/write`, `/api/v1/write`: InfluxDB line protocol with its answers. 204: every datapoint is durable, or was refused by a rule
 * that sending it again would not change (Telegraf repeats a batch for ever on anything but 2xx); 400: some lines do not parse, the others are stored.
 */
export function createLineProtocolHandler(context: WriteContext): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    let answer: Answer;
    try {
      const outcome = await receive(request, context, 'influx', (bytes) => store(bytes, optionsOf(request, context), context));
      if ('refusal' in outcome) answer = failure(outcome.refusal.status, outcome.refusal.message);
      else answer = outcome.failed === 0 ? { status: 204 } : failure(400, explain(outcome));
    } catch (error) {
      answer = failureOf(error, context);
    }
    send(response, { ...answer, headers: { ...influxHeaders(response), ...answer.headers } });
  };
}

function optionsOf(request: IncomingMessage, { clock, limits, influxTemplate }: WriteContext): LineProtocolOptions {
  return {
    precision: precisionOf(queryOf(request).get('precision')),
    defaultTimestampNs: BigInt(Math.round(clock.now() * 1000)) * 1_000_000n,
    maxLineBytes: limits.maxLineBytes,
    ...(influxTemplate === undefined ? {} : { template: influxTemplate }),
  };
}

async function store(bytes: Uint8Array, options: LineProtocolOptions, context: WriteContext): Promise<LineProtocolResult> {
  const submission = context.intake.begin('influx');
  const result = await fill(submission, () => decodeBetweenTurns(bytes, submission, options));
  await commitInTime(submission, context);
  return result;
}

async function decodeBetweenTurns(bytes: Uint8Array, submission: Submission, options: LineProtocolOptions): Promise<LineProtocolResult> {
  const slices = decodeLineProtocolInSlices(bytes, submission, options);
  for (;;) {
    const step = slices.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

/** InfluxDB's words for lines that do not parse. */
function explain({ lines, failed, errors }: LineProtocolResult): string {
  const all = errors.map(({ text, detail }) => `unable to parse '${text}': ${detail}`).join('\n');
  return failed < lines ? `partial write: ${all} dropped=0` : all;
}

/** What failed inside goes out without its details: they stay in the log. */
function failureOf(error: unknown, { logger }: WriteContext): Answer {
  if (isSkylarkError(error) && error.code.startsWith('store-')) return failure(503, errorMessages[error.code]);
  logger.error('write.failed', { error: String(error) });
  return failure(500, errorMessages.internal);
}

function failure(status: number, message: string): Answer {
  const headers = { 'X-Influxdb-Error': headerText(message), ...(status === 503 ? { 'Retry-After': retryAfterSeconds } : {}) };
  return { status, headers, body: { error: message } };
}

/** A header takes one line of ASCII. */
function headerText(message: string): string {
  return message.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 256);
}
