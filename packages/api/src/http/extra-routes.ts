import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import type { Access } from '../access/access.js';
import { Problem } from './problem.js';
import type { AnswerNote, Method, Route } from './route.js';

/** A handler that another package brings: horizon's writes, the command's history. It reads the body and answers by itself. */
export interface ExtraRoute {
  readonly method: Method;
  readonly path: string;
  readonly handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Default `write`; `/ping` is `open`, as InfluxDB's clients expect. */
  readonly may?: Access;
  /** Whose manner of refusing is expected: InfluxDB's clients want a Basic challenge and `{"error": ...}`. */
  readonly challenge?: 'influx';
  readonly summary?: string;
  readonly answers?: Readonly<Record<number, AnswerNote>>;
}

const withoutCredentials = new Set(['/ping']);

/** An extra route as the router's own, so that admission, OpenAPI and the matrix see it. */
export function asRoute({ method, path, handler, may, summary, answers, challenge }: ExtraRoute): Route {
  return {
    ...{ method, path, schemas: {} },
    may: may ?? (withoutCredentials.has(path) ? 'open' : 'write'),
    summary: summary ?? defaultSummary(path, challenge),
    answers: answers ?? (challenge === 'influx' ? { 204: { description: 'done' } } : { 200: { description: 'done' } }),
    run: (request, response) => handler(request, response),
  };
}

function defaultSummary(path: string, challenge: ExtraRoute['challenge']): string {
  if (withoutCredentials.has(path)) return 'Whether the server is there, with its version, as InfluxDB answers';
  return challenge === 'influx' ? 'Writes InfluxDB line protocol' : 'Writes datapoints';
}

/** Refuses in InfluxDB's manner. Answers whether it did. */
export function refuseAsInflux(error: unknown, request: Request, response: Response, paths: ReadonlySet<string>): boolean {
  if (!(error instanceof Problem) || !paths.has(request.path) || response.headersSent) return false;
  if (error.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="InfluxDB"');
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  const message = error.code === 'unauthorized' && error.detail === '' ? 'unable to parse authentication credentials' : error.message;
  response.status(error.status).type('json').send(JSON.stringify({ error: message }));
  return true;
}
