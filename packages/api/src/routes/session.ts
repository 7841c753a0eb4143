import type { Clock } from '@skylark/core';
import type { Response } from 'express';
import type { TLSSocket } from 'node:tls';
import { z } from 'zod';
import type { Admission } from '../access/admission.js';
import { scopes } from '../access/access.js';
import { sessionCookie } from '../access/credentials.js';
import { defineRoute, type Route } from '../http/route.js';

/** How long a page stays signed in. */
const sessionSeconds = 7 * 86_400;

const who = z.strictObject({ name: z.string(), may: z.enum(scopes) }).meta({ id: 'Session' });

/** `/api/v1/session`: a page changes a token for a cookie, because an EventSource sends no header. */
export function sessionRoutes({ keyring, logIn }: Pick<Admission, 'keyring' | 'logIn'>, clock: Clock): Route[] {
  const get = defineRoute({
    method: 'GET',
    path: '/api/v1/session',
    may: 'read',
    summary: 'Who is asking, and what they may',
    answers: { 200: { description: 'the name of the token and its scope', schema: who } },
    handle: async ({ caller: { name, may } }) => ({ name, may }),
  });

  const open = defineRoute({
    method: 'POST',
    path: '/api/v1/session',
    may: 'open',
    summary: "Change a token for the page's cookie",
    body: z.strictObject({ token: z.string().max(1024) }),
    answers: { 200: { description: 'signed in; the cookie is set', schema: who } },
    problems: ['unauthorized', 'too-many-attempts'],
    async handle({ body: { token }, request, response }) {
      const key = await logIn(request, response, token);
      if (!key) return { name: 'anonymous', may: 'admin' };
      setCookie(response, keyring.seal(key, Math.floor(clock.now()) + sessionSeconds), sessionSeconds);
      return key;
    },
  });

  const close = defineRoute({
    method: 'DELETE',
    path: '/api/v1/session',
    may: 'open',
    summary: 'Sign out: the cookie is taken back',
    answers: { 204: { description: 'signed out' } },
    async handle({ response }) {
      setCookie(response, '', 0);
      response.status(204).end();
    },
  });
  return [get, open, close];
}

function setCookie(response: Response, value: string, maxAgeSeconds: number): void {
  const secure = (response.req.socket as Partial<TLSSocket>).encrypted === true ? '; Secure' : '';
  response.setHeader('Set-Cookie', `${sessionCookie}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`);
}
