import type { NextFunction, Request, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { Problem } from '../http/problem.js';
import type { Key } from './keyring.js';

/** Failed attempts an address may make in a window. */
export const attemptsPerWindow = 20;
const windowMs = 60_000;
const mostRemembered = 10_000;

/** What became of an attempt: the key, or a problem thrown. */
export type JudgeAttempt = (request: Request, response: Response, found: Key | null) => Promise<Key>;

/**
 * Slows down guessing: an address that failed too often is refused until its window is over, right or wrong.
 * A pair of address and key that was right before stays welcome, so that a neighbour's wrong password locks nobody out.
 */
export function createAttemptJudge(): JudgeAttempt {
  const refusal = (): Problem => new Problem('too-many-attempts', '', { headers: { 'Retry-After': String(windowMs / 1000) } });
  const limit = rateLimit({
    windowMs,
    limit: attemptsPerWindow,
    keyGenerator: addressOf,
    validate: false,
    legacyHeaders: false,
    handler: (_request, _response, next) => next(refusal()),
  });
  const welcome = new Set<string>();
  return async (request, response, found) => {
    if (!found) {
      await strike(request, response);
      throw new Problem('unauthorized', 'these credentials are not known');
    }
    const pair = `${addressOf(request)} ${found.name}`;
    if (!welcome.has(pair)) {
      const seen = await limit.getKey(addressOf(request));
      if (seen !== undefined && seen.totalHits >= attemptsPerWindow) throw refusal();
      if (welcome.size < mostRemembered) welcome.add(pair);
    }
    return found;
  };

  async function strike(request: Request, response: Response): Promise<void> {
    let refused: unknown;
    const next: NextFunction = (error?: unknown) => (refused = error);
    await limit(request, response, next);
    if (refused instanceof Error) throw refused;
  }
}

function addressOf(request: Request): string {
  return ipKeyGenerator(request.socket.remoteAddress ?? '');
}
