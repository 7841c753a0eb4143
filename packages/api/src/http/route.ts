import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Access, Caller } from '../access/access.js';
import { parseQuery } from './parse-query.js';
import { Problem, type ProblemCode } from './problem.js';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What is said of an answer in the OpenAPI page; without a schema the body is not JSON. */
export interface AnswerNote {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly type?: string;
}

/** What a route says of itself: the router, the OpenAPI page and the authorisation matrix are made of it. */
export interface RouteNotes {
  readonly method: Method;
  /** Express' syntax, `:name` for a parameter. */
  readonly path: string;
  readonly may: Access;
  readonly summary: string;
  /** Whether it changes something, which a browser may only do from our own pages. Default: all but GET and HEAD. */
  readonly changes?: boolean;
  readonly answers: Readonly<Record<number, AnswerNote>>;
  readonly problems?: readonly ProblemCode[];
}

export interface RouteSchemas {
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
}

/** What a part of the request is without a validator: nothing. */
type Nothing = z.ZodObject<Record<never, never>>;

export interface RouteInput<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  readonly params: z.infer<Params>;
  readonly query: z.infer<Query>;
  readonly body: z.infer<Body>;
  readonly caller: Caller;
  readonly request: Request;
  readonly response: Response;
}

export interface RouteDefinition<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> extends RouteNotes {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Answers the JSON to send with 200, or undefined when it has answered by itself. */
  handle(input: RouteInput<Params, Query, Body>): Promise<unknown>;
}

/** A route as the router takes it: described, and ready to run once the caller was let in and the body read. */
export interface Route extends RouteNotes {
  readonly schemas: RouteSchemas;
  run(request: Request, response: Response, caller: Caller): Promise<void>;
}

/** Binds a handler to its validators: what reaches it has passed them, unknown fields are refused. */
export function defineRoute<Params extends z.ZodObject = Nothing, Query extends z.ZodObject = Nothing, Body extends z.ZodType = Nothing>(definition: RouteDefinition<Params, Query, Body>): Route {
  const { method, path, may, summary, changes, answers, problems, params, query, body } = definition;
  const schemas: RouteSchemas = { ...(params ? { params } : {}), ...(query ? { query } : {}), ...(body ? { body } : {}) };
  return {
    ...{ method, path, may, summary, answers, schemas },
    ...(changes === undefined ? {} : { changes }),
    ...(problems === undefined ? {} : { problems }),
    async run(request, response, caller) {
      const input = {
        params: parsePart('path', params, request.params),
        query: query === undefined ? refuseQuery(request.url) : parsePart('query', query, parseQuery(request.url)),
        body: parsePart('body', body, request.body),
        ...{ caller, request, response },
      } as RouteInput<Params, Query, Body>;
      const answer = await definition.handle(input);
      if (answer !== undefined) response.json(answer);
    },
  };
}

/** Whether the route changes something. */
export function changesSomething({ method, changes }: Pick<RouteNotes, 'method' | 'changes'>): boolean {
  return changes ?? (method !== 'GET' && method !== 'HEAD');
}

function refuseQuery(url: string): Record<string, never> {
  const [unknown] = Object.keys(parseQuery(url));
  if (unknown !== undefined) throw new Problem('bad-request', `query: unknown parameter ${JSON.stringify(unknown)}`);
  return {};
}

function parsePart(part: 'path' | 'query' | 'body', schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return {};
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 20).map(({ path, message }) => ({ in: part, path: path.map(String).join('.'), message }));
  const detail = errors.slice(0, 3).map(({ path, message }) => `${part}${path === '' ? '' : ` ${path}`}: ${message}`);
  throw new Problem('bad-request', detail.join('; ').slice(0, 1000), { members: { errors } });
}
