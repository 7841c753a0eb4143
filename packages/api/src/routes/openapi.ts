import { OpenApiGeneratorV31, OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { type ProblemCode, problemStatus, titleOf } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';

const problem = z
  .looseObject({ type: z.string(), title: z.string(), status: z.int(), detail: z.string().optional(), code: z.string(), requestId: z.string() })
  .meta({ id: 'Problem', description: 'RFC 9457' });

type Responses = RouteConfig['responses'];

/** `GET /openapi.json`: made of the validators that really validate. */
export function openApiRoute(routes: readonly Route[], version: string): Route {
  let document: unknown = null;
  const self: Route = defineRoute({
    method: 'GET',
    path: '/openapi.json',
    may: 'open',
    summary: 'This page: every route, as OpenAPI 3.1',
    answers: { 200: { description: 'the OpenAPI document', schema: z.looseObject({ openapi: z.string() }) } },
    handle: async () => (document ??= describeRoutes([...routes, self], version)),
  });
  return self;
}

/** Every route as an OpenAPI 3.1 document. */
export function describeRoutes(routes: readonly Route[], version: string): unknown {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer', description: 'also `Token T`, or Basic with the token as the password; only needed where tokens are set' });
  for (const route of routes) registry.registerPath(describe(route));
  return new OpenApiGeneratorV31(registry.definitions, { sortComponents: 'alphabetically' }).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Skylark', version, description: 'Times are seconds since the epoch (UTC), windows are [from, until). Errors are RFC 9457 problem documents with a stable code.' },
  });
}

function describe({ method, path, may, summary, schemas: { params, query, body }, answers, problems = [] }: Route): RouteConfig {
  return {
    method: method.toLowerCase() as RouteConfig['method'],
    path: path.replace(/:(\w+)/g, '{$1}'),
    summary,
    ...(may === 'open' ? {} : { description: `Needs a token that may ${may}, where tokens are set.`, security: [{ token: [] }] }),
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(body ? { body: { required: true, content: { 'application/json': { schema: body } } } } : {}),
    },
    responses: { ...problemResponses([...problems, ...commonProblems(may !== 'open', body !== undefined, query !== undefined)]), ...answerResponses(answers) },
  };
}

function commonProblems(guarded: boolean, hasBody: boolean, hasQuery: boolean): ProblemCode[] {
  return [
    ...(guarded ? (['unauthorized', 'forbidden'] as const) : []),
    ...(hasBody ? (['bad-request', 'too-large', 'unsupported-type'] as const) : []),
    ...(hasQuery ? (['bad-request'] as const) : []),
  ];
}

function answerResponses(answers: Route['answers']): Responses {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, type = 'application/json' }]) => [
      status,
      schema ? { description, content: { [type]: { schema } } } : type === 'application/json' ? { description } : { description, content: { [type]: { schema: z.string() } } },
    ]),
  );
}

function problemResponses(codes: readonly ProblemCode[]): Responses {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) byStatus.set(problemStatus[code], [...(byStatus.get(problemStatus[code]) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [status, { description: group.map((code) => `${code}: ${titleOf(code)}`).join('; '), content: { 'application/problem+json': { schema: problem } } }]),
  );
}
