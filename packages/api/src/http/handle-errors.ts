import type { Logger } from '@skylark/core';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { Problem, problemDocument, problemHeaders, problemOf } from './problem.js';
import { requestIdOf } from './request-id.js';

/** The last handler: every error becomes a problem document with the request's id, and what is our fault a log line with the same id. */
export function handleErrors(logger: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const problem = problemOf(error);
    const requestId = requestIdOf(response);
    if (problem.status >= 500) logger.error('api.failed', { requestId, method: request.method, path: request.path, code: problem.code, error: problem.cause ?? problem });
    if (response.headersSent) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(problemHeaders(problem))) response.setHeader(name, value);
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problemDocument(problem, requestId)));
  };
}

/** What no route took. */
export const refuseUnknownRoutes: RequestHandler = (request, _response, next) => {
  next(new Problem('unknown-route', request.path.slice(0, 200)));
};
