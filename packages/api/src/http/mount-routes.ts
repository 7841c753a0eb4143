import type { Express, Request, RequestHandler, Response } from 'express';
import type { Caller } from '../access/access.js';
import { readJsonBody } from './json-body.js';
import { Problem } from './problem.js';
import { type Method, type Route } from './route.js';

/** Lets the caller of a route in, or throws the problem that keeps it out. */
export type Admit = (request: Request, response: Response, route: Route) => Promise<Caller>;

/** Mounts routes: who may, then the body, then validators and handler; any other method on a known path is a 405 that names the right ones. */
export function mountRoutes(app: Express, routes: readonly Route[], admit: Admit): void {
  const readBody = readJsonBody();
  for (const route of routes) {
    const callers = new WeakMap<Request, Caller>();
    const letIn: RequestHandler = async (request, response, next) => {
      callers.set(request, await admit(request, response, route));
      next();
    };
    const run: RequestHandler = async (request, response) => {
      const caller = callers.get(request);
      if (!caller) throw new Problem('unauthorized');
      await route.run(request, response, caller);
    };
    app[verb(route.method)](route.path, letIn, ...(route.schemas.body ? [readBody] : []), run);
  }
  for (const [path, methods] of methodsByPath(routes)) {
    const allow = [...methods].join(', ');
    app.all(path, (request, _response, next) => next(new Problem('wrong-method', `${request.method}; allowed: ${allow}`, { headers: { Allow: allow } })));
  }
}

function verb(method: Method): 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' {
  return method.toLowerCase() as Lowercase<Method>;
}

function methodsByPath(routes: readonly Route[]): Map<string, Set<Method>> {
  const methods = new Map<string, Set<Method>>();
  for (const { path, method } of routes) {
    const known = methods.get(path) ?? new Set();
    known.add(method);
    if (method === 'GET') known.add('HEAD');
    methods.set(path, known);
  }
  return methods;
}
