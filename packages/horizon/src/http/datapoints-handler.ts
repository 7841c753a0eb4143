import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessages, isSkylarkError, type RejectionReason } from '@skylark/core';
import { decodeJsonDatapoints, isJsonLines } from '../decoders/json/json-datapoints.js';
import type { Submission } from '../intake/intake.js';
import { retryAfterSeconds, send } from './answer.js';
import { cutJson, cutJsonLines } from './cut-json.js';
import { sendProblem, type WriteProblem } from './problem.js';
import type { BodyRefusal } from './read-body.js';
import { commitInTime, eachSlice, fill, receive, type WriteContext } from './receive.js';

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
      const outcome = await receive(request, context, 'json', (bytes) => store(bytes, isJsonLines(request.headers['content-type'] ?? ''), context));
      if ('refusal' in outcome) sendProblem(response, problemOfRefusal(outcome.refusal));
      else if ('unreadable' in outcome) sendProblem(response, { status: 400, code: 'bad-request', title: errorMessages['bad-request'], detail: `nothing in the body is readable: ${outcome.detail}` });
      else send(response, { status: 200, body: outcome.report });
    } catch (error) {
      sendProblem(response, problemOfFailure(error, context));
    }
  };
}

type Unreadable = { readonly unreadable: RejectionReason; readonly detail: string };

async function store(bytes: Uint8Array, lines: boolean, context: WriteContext): Promise<{ report: WriteReport } | Unreadable> {
  const rejected: { index: number; reason: RejectionReason }[] = [];
  let rejectedTotal = 0;
  const submission = context.intake.begin('json', (reason, index) => {
    rejectedTotal++;
    if (rejected.length < rejectedShown) rejected.push({ index, reason });
  });
  const failure = await fill(submission, () => (lines ? decodeLines : decodeText)(bytes, submission, context.limits.sliceBytes));
  if (failure !== null) {
    submission.abandon(failure.unreadable);
    return failure;
  }
  const accepted = submission.taken;
  await commitInTime(submission, context);
  return { report: { accepted, rejectedTotal, rejected } };
}

/** One JSON text: unreadable when any of its slices is. */
async function decodeText(bytes: Uint8Array, submission: Submission, sliceBytes: number): Promise<Unreadable | null> {
  let failure: Unreadable | null = null;
  await eachSlice(cutJson(bytes, sliceBytes), (slice) => {
    const outcome = decodeJsonDatapoints(slice, submission);
    if ('unreadable' in outcome) failure = outcome;
    return failure === null;
  });
  return failure;
}

/** One JSON text a line: unreadable when no line is readable; else each line that is not counts as one item. */
async function decodeLines(bytes: Uint8Array, submission: Submission, sliceBytes: number): Promise<Unreadable | null> {
  let failure: Unreadable | null = null;
  let readable = bytes.length === 0;
  await eachSlice(cutJsonLines(bytes, sliceBytes), (slice) => {
    const outcome = decodeJsonDatapoints(slice, submission, { lines: true });
    if (!('unreadable' in outcome)) readable ||= outcome.items > 0;
    else {
      failure = outcome;
      for (let left = linesOf(slice); left > 0; left--) submission.reject(outcome.unreadable, 0, 0, outcome.detail);
    }
    return true;
  });
  return readable ? null : failure;
}

/** Lines that are not blank. */
function linesOf(slice: Uint8Array): number {
  return Buffer.from(slice).toString('latin1').split('\n').filter((line) => line.trim() !== '').length;
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
