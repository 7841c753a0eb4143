import { SkylarkError } from '@skylark/core';
import type { Command } from 'commander';
import type { CommandContext } from './command-context.js';

export interface ClientOptions {
  readonly url: string;
  readonly token?: string;
}

/** A running Skylark over HTTP. Errors are SkylarkErrors: `unreachable`, or what the server said. */
export interface Client {
  readonly url: string;
  get(path: string, query?: Readonly<Record<string, string | number | boolean | undefined>>): Promise<unknown>;
  send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** The body as it comes, for event streams. */
  stream(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** Adds --url and --token to a command that talks to a running Skylark. */
export function withClientOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the running Skylark', 'http://127.0.0.1:1500')
    .option('--token <token>', 'access token (or the environment variable SKYLARK_API__TOKEN)');
}

export function clientOf(context: CommandContext, options: ClientOptions): Client {
  const url = options.url.replace(/\/+$/, '');
  const token = options.token ?? context.environment['SKYLARK_API__TOKEN'];
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  const request = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, { ...init, headers: { ...headers, ...(init.headers as Record<string, string> | undefined) } });
    } catch (cause) {
      throw new SkylarkError('unreachable', `${url} (is it running? skylark up)`, { cause });
    }
    if (!response.ok) throw await errorOf(response, `${url}${path}`);
    return response;
  };
  const json = async (response: Response): Promise<unknown> => {
    const text = await response.text();
    return text === '' ? null : (JSON.parse(text) as unknown);
  };
  return {
    url,
    get: async (path, query = {}) => json(await request(path + queryString(query), {})),
    send: async (method, path, body) =>
      json(await request(path, body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })),
    stream: async (path, signal) => {
      const { body } = await request(path, { signal, headers: { accept: 'text/event-stream' } });
      if (!body) throw new SkylarkError('unreachable', `${url}${path} sent no stream`);
      return body;
    },
  };
}

export function queryString(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parameters.set(key, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

async function errorOf(response: Response, url: string): Promise<SkylarkError> {
  const text = await response.text().catch(() => '');
  let detail = text.slice(0, 500);
  try {
    const problem = JSON.parse(text) as { title?: unknown; detail?: unknown };
    const parts = [problem.title, problem.detail].filter((part) => typeof part === 'string');
    if (parts.length > 0) detail = parts.join(': ');
  } catch {
    // Not a problem document: its text will do.
  }
  const code = response.status === 401 ? 'unauthorized' : response.status === 403 ? 'forbidden' : response.status >= 500 ? 'internal' : 'bad-request';
  return new SkylarkError(code, `${response.status} from ${url}: ${detail}`);
}
