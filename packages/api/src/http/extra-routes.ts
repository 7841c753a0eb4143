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
  /** Default `write`. */
  readonly may?: Access;
  /** Whose manner of refusing is expected: InfluxDB's clients want a Basic challenge and `{"error": ...}`. */
  readonly challenge?: 'influx';
  readonly summary?: string;
  readonly answers?: Readonly<Record<number, AnswerNote>>;
}

/** An extra route as the router's own, so that admission, OpenAPI and the matrix see it. */
export function asRoute({ method, path, handler, may = 'write', summary, answers, challenge }: ExtraRoute): Route {
  return {
    ...{ method, path, may, schemas: {} },
    summary: summary ?? defaultSummary(may, challenge),
    answers: answers ?? (challenge === 'influx' ? { 204: { description: 'done' } } : { 200: { description: 'done' } }),
    run: (request, response) => handler(request, response),
  };
}

function defaultSummary(may: Access, challenge: ExtraRoute['challenge']): string {
  if (challenge === 'influx') return may === 'open' ? 'Whether the server is there, with its version, as InfluxDB answers' : 'Writes InfluxDB line protocol';
  return 'Writes datapoints';
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
