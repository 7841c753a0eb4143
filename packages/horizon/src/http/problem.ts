import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { send } from './answer.js';

export interface WriteProblem {
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends RFC 9457's document; the request's id is that of the response's `X-Request-Id`, or a new one. */
export function sendProblem(response: ServerResponse, { status, code, title, detail, headers = {} }: WriteProblem): void {
  const requestId = String(response.getHeader('X-Request-Id') ?? randomUUID());
  const body = { type: `urn:skylark:problem:${code}`, title, status, ...(detail === undefined ? {} : { detail }), code, requestId };
  send(response, { status, headers, body, contentType: 'application/problem+json' });
}
