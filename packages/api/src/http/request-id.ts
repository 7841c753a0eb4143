import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const acceptable = /^[\w.-]{8,64}$/;

/** Gives each request an id, the caller's own `X-Request-Id` where it is a plain one, and sends it back. Errors and log lines carry it. */
export function assignRequestIds(newId: () => string = randomUUID): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    response.setHeader('X-Request-Id', given !== undefined && acceptable.test(given) ? given : newId());
    next();
  };
}

export function requestIdOf(response: Response): string {
  return String(response.getHeader('X-Request-Id') ?? '');
}
