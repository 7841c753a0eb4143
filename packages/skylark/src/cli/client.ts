import { type ErrorCode, errorMessages, SkylarkError } from '@skylark/core';
import type { Command } from 'commander';
import { type CommandContext, UsageError } from './command-context.js';

export interface ClientOptions {
  readonly url: string;
  readonly token?: string;
}

/** A running Skylark over HTTP. Errors are SkylarkErrors: `unreachable`, or what the server said, with its code. An interrupt ends every request. */
export interface Client {
  readonly url: string;
  get(path: string, query?: Readonly<Record<string, string | number | boolean | undefined>>): Promise<unknown>;
  send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** Posts bytes; answers JSON. */
  sendBytes(path: string, bytes: Uint8Array): Promise<unknown>;
  /** The body as it comes, for event streams and files. */
  stream(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** Adds --url and --token to a command that talks to a running Skylark. */
export function withClientOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the running Skylark', 'http://127.0.0.1:1500')
    .option('--token <token>', 'access token (or the environment variable SKYLARK_API__TOKEN)');
}

/** @throws UsageError when --url is no http address */
export function clientOf(context: CommandContext, options: ClientOptions): Client {
  const url = baseUrl(options.url);
  const token = options.token ?? context.environment['SKYLARK_API__TOKEN'];
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  const request = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, { signal: context.signal, ...init, headers: { ...headers, ...(init.headers as Record<string, string> | undefined) } });
    } catch (cause) {
      if (context.signal.aborted) throw new Error('interrupted', { cause });
      throw new SkylarkError('unreachable', `${url} (is it running? skylark up)`, { cause });
    }
    if (!response.ok) throw await errorOf(response, `${url}${path}`);
    return response;
  };
  const json = async (response: Response): Promise<unknown> => {
    const text = await response.text();
    try {
      return text === '' ? null : (JSON.parse(text) as unknown);
    } catch (cause) {
      throw new SkylarkError('unreachable', `${response.url} answers, but not as Skylark does`, { cause });
    }
  };
  return {
    url,
    get: async (path, query = {}) => json(await request(path + queryString(query), {})),
    send: async (method, path, body) =>
      json(await request(path, body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })),
    sendBytes: async (path, bytes) => json(await request(path, { method: 'POST', body: bytes as Uint8Array<ArrayBuffer>, headers: { 'content-type': 'application/octet-stream' } })),
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

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw new UsageError(`--url ${text} is no address such as http://127.0.0.1:1500`);
  return text.replace(/\/+$/, '');
}

/** A refusal as its problem document says it (RFC 9457); else by its status. */
async function errorOf(response: Response, url: string): Promise<SkylarkError> {
  const text = await response.text().catch(() => '');
  const { code, title, detail } = problemOf(text);
  const known = typeof code === 'string' && Object.hasOwn(errorMessages, code) ? (code as ErrorCode) : null;
  const said = [known === null ? title : undefined, detail].filter((part) => typeof part === 'string' && part !== '').join(': ');
  return new SkylarkError(known ?? codeOfStatus(response.status), `${said || (known === null ? text.slice(0, 500) : '')} (${response.status} from ${url})`.trim());
}

function problemOf(text: string): { code?: unknown; title?: unknown; detail?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  return status >= 500 ? 'internal' : 'bad-request';
}
