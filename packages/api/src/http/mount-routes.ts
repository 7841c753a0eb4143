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
  for (const [path, group] of groupByPath(routes)) {
    const at = app.route(path);
    for (const route of group) {
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
      at[verb(route.method)](letIn, ...(route.schemas.body ? [readBody] : []), run);
    }
    const allow = allowed(group);
    at.all((request, _response, next) => next(new Problem('wrong-method', `${request.method}; allowed: ${allow}`, { headers: { Allow: allow } })));
  }
}

function verb(method: Method): Lowercase<Method> {
  return method.toLowerCase() as Lowercase<Method>;
}

function groupByPath(routes: readonly Route[]): Map<string, Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) groups.set(route.path, [...(groups.get(route.path) ?? []), route]);
  return groups;
}

function allowed(routes: readonly Route[]): string {
  return [...new Set(routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ');
}
