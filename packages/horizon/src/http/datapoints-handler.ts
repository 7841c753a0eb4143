import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessages, isSkylarkError, type RejectionReason } from '@skylark/core';
import { retryAfterSeconds, send } from './answer.js';
import { cutJson, cutJsonLines } from './cut-json.js';
import { decodeJsonSlice } from './decode-json-slice.js';
import { sendProblem, type WriteProblem } from './problem.js';
import type { BodyRefusal } from './read-body.js';
import { commitInTime, eachSlice, receive, type WriteContext } from './receive.js';

const rejectedShown = 100;

interface WriteReport {
  readonly accepted: number;
  readonly rejectedTotal: number;
  /** The first 100; index in the flattened request. */
  readonly rejected: readonly { readonly index: number; readonly reason: RejectionReason }[];
}

/** `POST /api/v1/datapoints`: JSON or NDJSON; 200 means every accepted datapoint is durable. */
export function createDatapointsHandler(context: WriteContext): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    try {
      const outcome = await receive(request, context, 'json', (bytes) => store(bytes, isLines(request), context));
      if ('refusal' in outcome) sendProblem(response, problemOfRefusal(outcome.refusal));
      else if (outcome.report === null) sendProblem(response, { status: 400, code: 'bad-request', title: errorMessages['bad-request'], detail: 'the body is not JSON' });
      else send(response, { status: 200, body: outcome.report });
    } catch (error) {
      sendProblem(response, problemOfFailure(error, context));
    }
  };
}

async function store(bytes: Uint8Array, lines: boolean, context: WriteContext): Promise<{ report: WriteReport | null }> {
  const rejected: { index: number; reason: RejectionReason }[] = [];
  let rejectedTotal = 0;
  const submission = context.intake.begin('json', (reason, index) => {
    rejectedTotal++;
    if (rejected.length < rejectedShown) rejected.push({ index, reason });
  });
  const cut = lines ? cutJsonLines : cutJson;
  if (!(await eachSlice(cut(bytes, context.limits.sliceBytes), (slice) => decodeJsonSlice(slice, lines, submission)))) {
    submission.abandon('syntax');
    return { report: null };
  }
  const accepted = submission.taken;
  await commitInTime(submission, context);
  return { report: { accepted, rejectedTotal, rejected } };
}

function isLines(request: IncomingMessage): boolean {
  return /^application\/(x-)?(ndjson|jsonlines|json-lines)\b/i.test(request.headers['content-type'] ?? '');
}

function problemOfRefusal({ status, message }: BodyRefusal): WriteProblem {
  const detail = message;
  switch (status) {
    case 413:
      return { status, code: 'too-large', title: 'The request is too large', detail };
    case 415:
      return { status, code: 'unsupported-type', title: 'The body has a type that is not read here', detail };
    case 503:
      return { status, code: 'store-away', title: errorMessages['store-away'], detail, headers: { 'Retry-After': retryAfterSeconds } };
    case 400:
    case 408:
      return { status, code: 'bad-request', title: errorMessages['bad-request'], detail };
  }
}

/** What failed inside goes out without its details: they stay in the log. */
function problemOfFailure(error: unknown, { logger }: WriteContext): WriteProblem {
  if (isSkylarkError(error) && error.code.startsWith('store-')) {
    return { status: 503, code: error.code, title: errorMessages[error.code], headers: { 'Retry-After': retryAfterSeconds } };
  }
  logger.error('write.failed', { error: String(error) });
  return { status: 500, code: 'internal', title: errorMessages.internal };
}
