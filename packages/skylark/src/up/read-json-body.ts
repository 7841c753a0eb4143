import type { IncomingMessage, ServerResponse } from 'node:http';
import { SkylarkError } from '@skylark/core';
import type { z } from 'zod';

/** @throws SkylarkError bad-request when it is too long, no JSON, or not of the shape */
export async function readJsonBody<Body>(request: IncomingMessage, schema: z.ZodType<Body>, maxBytes: number): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new SkylarkError('bad-request', `the body is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  let json: unknown;
  try {
    json = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new SkylarkError('bad-request', 'the body is no JSON', { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SkylarkError('bad-request', `body ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not usable'}`);
}

/** Answers a JSON value. */
export function sendJson(response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }).end(body);
}

