import express, { type RequestHandler } from 'express';
import { Problem } from './problem.js';

/** JSON bodies of the API; the writes of datapoints have their own limit. */
export const maxBodyBytes = 4 * 1024 * 1024;

/** Reads a JSON body, plain or compressed, at most `maxBodyBytes` unpacked. Another type is refused: it would also be one a foreign page may send unasked. */
export function readJsonBody(): RequestHandler {
  const parse = express.json({ limit: maxBodyBytes, type: 'application/json' });
  return (request, response, next) => {
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
    if (!hasBody) return next(new Problem('bad-request', 'a JSON body is needed'));
    if (!request.is('application/json')) return next(new Problem('unsupported-type', 'send application/json'));
    parse(request, response, next);
  };
}
