import { SkylarkError, type Clock } from '@skylark/core';
import { plainTransport } from './elastic-transport.js';
import type { IndexCounters } from './index-counters.js';
import { isObject, reasonIn, retryAfterMs, type JsonObject } from './replies.js';

export interface ElasticConnectionOptions {
  /** `http://host:9200`, with credentials if need be; several for a cluster. */
  readonly node: string | readonly string[];
  readonly clock: Clock;
  readonly counters: IndexCounters;
  /** Default 10 s. */
  readonly requestTimeoutMs?: number;
}

export interface ElasticRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: JsonObject;
  /** Lines of a bulk, in place of a body. */
  readonly lines?: string;
  /** Default: the connection's. */
  readonly timeoutMs?: number;
  /** Further statuses, beside 2xx, whose reply the caller wants to see. */
  readonly accept?: readonly number[];
}

export interface ElasticReply {
  readonly status: number;
  readonly body: JsonObject;
  /** What the server asked for by Retry-After; null when it did not. */
  readonly retryAfterMs: number | null;
}

/** The server over HTTP. Every failure is a SkylarkError: `index-away`, with the client's error or the server's reason, or `store-closed`. */
export interface ElasticConnection {
  /** @throws SkylarkError `index-away` for a status that is neither 2xx nor accepted, for no reply, and for a reply that is none of Elasticsearch's */
  request(request: ElasticRequest): Promise<ElasticReply>;
  /** Sleeps by the clock; ends early when the connection is closed. */
  pause(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Refused with what Retry-After said, where a server said it. */
export class RefusedError extends SkylarkError {
  readonly status: number;
  readonly retryAfterMs: number | null;

  constructor(status: number, detail: string, retryAfter: number | null) {
    super('index-away', detail);
    this.status = status;
    this.retryAfterMs = retryAfter;
  }
}

/** Loads the client and makes a connection; nothing is sent yet. */
export async function connectElastic({ node, clock, counters, requestTimeoutMs = 10_000 }: ElasticConnectionOptions): Promise<ElasticConnection> {
  const { Client, SniffingTransport } = await import('@elastic/elasticsearch');
  const client = new Client({
    nodes: typeof node === 'string' ? [node] : [...node],
    Transport: plainTransport(SniffingTransport), maxRetries: 0, enableMetaHeader: false,
  });
  const closing = new AbortController();
  return {
    async request({ method, path, query, body, lines, timeoutMs = requestTimeoutMs, accept = [] }) {
      if (closing.signal.aborted) throw new SkylarkError('store-closed', 'index');
      counters.requested();
      const content = lines !== undefined ? { bulkBody: lines } : body !== undefined ? { body } : {};
      const options = { meta: true, requestTimeout: timeoutMs, maxRetries: 0, signal: closing.signal } as const;
      const answer = await client.transport.request<unknown>({ method, path, ...(query && { querystring: query }), ...content }, options).catch((error: unknown) => {
        if (closing.signal.aborted) throw new SkylarkError('store-closed', 'index');
        return replyOf(error, counters);
      });
      return judge({ status: answer.statusCode ?? 0, body: answer.body, headers: answer.headers ?? {} }, { what: `${method} ${path}`, accept, clock, counters });
    },
    pause: (ms) => clock.sleep(ms, closing.signal),
    async close() {
      closing.abort();
      await client.close();
    },
  };
}

interface RawReply {
  readonly statusCode?: number | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, unknown>> | null;
}

/** The reply an error of the client carries; else there was none. */
function replyOf(error: unknown, counters: IndexCounters): RawReply {
  const { name, message, meta } = error as { name?: string; message?: string; meta?: RawReply };
  if (name === 'ResponseError' && meta?.statusCode) return meta;
  const reason = name === 'TimeoutError' ? 'timeout' : name === 'DeserializationError' ? 'garbage' : 'connection';
  counters.failed(reason);
  throw new SkylarkError('index-away', `${reason}: ${(message ?? String(error)).slice(0, 200)}`, { cause: error });
}

interface Judging {
  readonly what: string;
  readonly accept: readonly number[];
  readonly clock: Clock;
  readonly counters: IndexCounters;
}

function judge({ status, body, headers }: { status: number; body: unknown; headers: Readonly<Record<string, unknown>> }, { what, accept, clock, counters }: Judging): ElasticReply {
  const wanted = (status >= 200 && status < 300) || accept.includes(status);
  const after = retryAfterMs(headers['retry-after'], clock.now());
  if (wanted && isObject(body)) return { status, body, retryAfterMs: after };
  counters.failed(wanted ? 'garbage' : `http-${status}`);
  if (wanted) throw new SkylarkError('index-away', `${what}: the reply is not one of Elasticsearch: ${String(body).slice(0, 100)}`);
  throw new RefusedError(status, `${what}: HTTP ${status}${isObject(body) ? `: ${reasonIn(body['error'])}` : ''}`, after);
}
