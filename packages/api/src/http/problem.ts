import { type ErrorCode, errorMessages, isSkylarkError } from '@skylark/core';

/** What only HTTP can refuse; all else is core's table. */
const httpMessages = {
  'unknown-route': 'There is nothing at this address',
  'wrong-method': 'The method is not allowed here',
  'too-large': 'The request is too large',
  'unsupported-type': 'The body has a type that is not read here',
  'too-many-attempts': 'Too many failed attempts: wait',
  'too-many-streams': 'Too many event streams are open',
  'too-many-searches': 'Too many searches are running',
} as const;

export type ProblemCode = ErrorCode | keyof typeof httpMessages;

/** The one table of codes to HTTP. */
export const problemStatus: Readonly<Record<ProblemCode, number>> = {
  'bad-request': 400,
  'bad-pattern': 400,
  'bad-backup': 400,
  unauthorized: 401,
  forbidden: 403,
  'unknown-route': 404,
  'unknown-metric': 404,
  'unknown-anomaly': 404,
  'unknown-collection': 404,
  'wrong-method': 405,
  'stale-lease': 409,
  'version-conflict': 409,
  'store-not-empty': 409,
  'restore-unfinished': 409,
  'too-large': 413,
  'unsupported-type': 415,
  'flat-query': 422,
  'too-few-points': 422,
  'too-old-for-retention': 422,
  'too-many-attempts': 429,
  'bad-config': 500,
  'store-corrupt': 500,
  'bad-block': 500,
  'port-in-use': 500,
  internal: 500,
  'store-away': 503,
  'store-full': 503,
  'store-failed': 503,
  'store-in-use': 503,
  'store-newer': 503,
  'store-closed': 503,
  'index-away': 503,
  unreachable: 503,
  'too-many-streams': 503,
  'too-many-searches': 503,
};

/** After how long a client may try again what was refused with 503. */
const retryAfterSeconds = 5;

export interface ProblemOptions {
  /** Members beside the standard ones, such as `didYouMean`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A refusal on its way to the client: a code of the table, what and where. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail = '', { members = {}, headers = {}, cause }: ProblemOptions = {}) {
    super(detail === '' ? titleOf(code) : `${titleOf(code)}: ${detail}`, { cause });
    this.name = 'Problem';
    this.code = code;
    this.detail = detail;
    this.members = members;
    this.headers = headers;
  }

  get status(): number {
    return problemStatus[this.code];
  }
}

export function titleOf(code: ProblemCode): string {
  return code in httpMessages ? httpMessages[code as keyof typeof httpMessages] : errorMessages[code as ErrorCode];
}

/**
 * RFC 9457's document for a problem. What failed inside (5xx) goes out with its title alone: details name folders and hosts, and stay in the log.
 *
 * @example problemDocument(new Problem('flat-query'), 'a1') // { type: 'urn:skylark:problem:flat-query', title: ..., status: 422, code: 'flat-query', requestId: 'a1' }
 */
export function problemDocument(problem: Problem, requestId: string): Record<string, unknown> {
  const { code, status, detail, members } = problem;
  const shown = status < 500 && detail !== '' ? { detail } : {};
  return { ...members, type: `urn:skylark:problem:${code}`, title: titleOf(code), status, ...shown, code, requestId };
}

/** Headers that go with a problem. */
export function problemHeaders(problem: Problem): Readonly<Record<string, string>> {
  return problem.status === 503 ? { 'Retry-After': String(retryAfterSeconds), ...problem.headers } : problem.headers;
}

/** Codes of express' body parser and of its decoding of paths. */
const parserProblems: Readonly<Record<string, ProblemCode>> = {
  'entity.too.large': 'too-large',
  'entity.parse.failed': 'bad-request',
  'request.size.invalid': 'bad-request',
  'request.aborted': 'bad-request',
  'encoding.unsupported': 'unsupported-type',
  'charset.unsupported': 'unsupported-type',
};

/** Whatever was thrown, as a problem; what nobody foresaw is `internal`. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isSkylarkError(error)) return new Problem(error.code, error.detail, { cause: error });
  const { type, status, message } = Object(error) as { type?: unknown; status?: unknown; message?: unknown };
  const parsed = typeof type === 'string' ? parserProblems[type] : undefined;
  if (parsed !== undefined) return new Problem(parsed, parserDetail(parsed, String(message)), { cause: error });
  if (error instanceof URIError) return new Problem('bad-request', 'the path is not percent-encoded UTF-8', { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500) return new Problem('bad-request', '', { cause: error });
  return new Problem('internal', '', { cause: error });
}

function parserDetail(code: ProblemCode, message: string): string {
  return code === 'bad-request' ? `the body is not JSON (${message})` : message;
}
