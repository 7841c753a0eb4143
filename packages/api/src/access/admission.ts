import type { Clock } from '@skylark/core';
import type { Request, Response } from 'express';
import { Problem } from '../http/problem.js';
import { changesSomething, type RouteNotes } from '../http/route.js';
import { type AccessOptions, allows, type Caller } from './access.js';
import { secretOf, sessionOf } from './credentials.js';
import { createAttemptJudge } from './failed-attempts.js';
import { createKeyring, type Key, type Keyring } from './keyring.js';
import { checkBrowserWrite, checkLocal } from './same-origin.js';

const nobody: Caller = { name: 'nobody', may: null, via: 'nothing' };
const anybody: Caller = { name: 'anonymous', may: 'admin', via: 'nothing' };

/** Decides who may. Everything that cannot be decided is refused. */
export interface Admission {
  /** The caller, let in. @throws Problem unauthorized, forbidden, too-many-attempts */
  readonly admit: (request: Request, response: Response, route: Pick<RouteNotes, 'may' | 'method' | 'changes'>) => Promise<Caller>;
  /** The key of a secret that was typed in; null when no token is set and none is needed. @throws Problem as `admit` */
  readonly logIn: (request: Request, response: Response, secret: string) => Promise<Key | null>;
  readonly keyring: Keyring;
}

export function createAdmission({ tokens, insecure = false }: AccessOptions, clock: Clock): Admission {
  const keyring = createKeyring(tokens);
  const judge = createAttemptJudge();
  return {
    keyring,
    async admit(request, response, route) {
      const caller = route.may === 'open' ? nobody : await identify(request, response);
      if (!allows(caller.may, route.may)) throw caller.may === null ? new Problem('unauthorized') : new Problem('forbidden', `${caller.name} may ${caller.may}, this needs ${route.may}`);
      if (changesSomething(route)) checkBrowserWrite(request, caller.via === 'cookie');
      return caller;
    },
    logIn: async (request, response, secret) => (keyring.size === 0 ? null : judge(request, response, keyring.find(secret))),
  };

  async function identify(request: Request, response: Response): Promise<Caller> {
    if (keyring.size === 0) {
      if (!insecure) checkLocal(request);
      return anybody;
    }
    const secret = secretOf(request);
    if (secret !== null && secret !== '') return { ...(await judge(request, response, keyring.find(secret))), via: 'header' };
    const session = sessionOf(request);
    const key = session === null ? null : keyring.unseal(session, clock.now());
    return key ? { ...key, via: 'cookie' } : nobody;
  }
}
