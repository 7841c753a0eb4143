import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IndexModel, type ModelReply } from './index-model.js';

/** What becomes of one request. `apply`: whether, and when, it takes effect. */
export type Fault =
  | { readonly kind: 'none' }
  /** Refused before anything took effect. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly html?: boolean }
  /** The connection is cut; it took effect before, never will, or does so `lateMs` afterwards. */
  | { readonly kind: 'cut'; readonly applied: boolean; readonly lateMs?: number }
  /** A reply that is none. */
  | { readonly kind: 'garbage'; readonly text: string; readonly type: string; readonly applied: boolean }
  /** No reply for so long that nobody waits for it any more; takes effect now or `lateMs` afterwards. */
  | { readonly kind: 'slow'; readonly lateMs: number | null }
  /** Some documents of a bulk are refused for now. */
  | { readonly kind: 'items'; readonly busy: (id: string) => number | null };

/** An HTTP server that answers as Elasticsearch would, but for what its script says. */
export interface StandIn {
  readonly url: string;
  readonly model: IndexModel;
  /** Asked for every request, in order; replaced at will. */
  script: (request: { readonly method: string; readonly path: string }) => Fault;
  /** Documents it will never take, by id. */
  readonly poison: Set<string>;
  readonly requests: () => number;
  /** Empty again. */
  forget(): void;
  /** Resolves once nothing is on its way any more, however late. */
  calm(): Promise<void>;
  stop(): Promise<void>;
}

const never = 3_600_000;

export async function startStandIn(): Promise<StandIn> {
  const late = new Set<Promise<void>>();
  const counts = { requests: 0 };
  const standIn = { script: (): Fault => ({ kind: 'none' }) } as { script: StandIn['script'] };
  const model = new IndexModel();
  const poison = new Set<string>();
  const refuse = (busy: (id: string) => number | null) => (id: string): ModelReply | null => {
    const status = busy(id);
    if (status !== null) return { status, body: { error: { type: 'es_rejected_execution_exception', reason: 'queue full' } } };
    return poison.has(id) ? { status: 400, body: { error: { type: 'document_parsing_exception', reason: 'poison' } } } : null;
  };
  const server = createServer((request, response) => {
    counts.requests += 1;
    void bodyOf(request).then((body) => {
      const { method = 'GET', url = '/' } = request;
      const apply = (busy: (id: string) => number | null = () => null): ModelReply => model.handle(method, url, body, refuse(busy));
      const fault = standIn.script({ method, path: url.split('?')[0]! });
      const lateMs = fault.kind === 'slow' || fault.kind === 'cut' ? fault.lateMs : null;
      if (typeof lateMs === 'number') {
        const landing = new Promise<void>((resolve) => setTimeout(() => {
          apply();
          resolve();
        }, lateMs)).finally(() => late.delete(landing));
        late.add(landing);
      }
      answer(response, fault, apply);
    }, () => response.destroy());
  });
  server.keepAliveTimeout = never;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    model,
    poison,
    requests: () => counts.requests,
    async calm() {
      while (late.size > 0) await Promise.all(late);
    },
    forget() {
      model.indices.clear();
      poison.clear();
    },
    stop: () => new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  });
}

function answer(response: ServerResponse, fault: Fault, apply: (busy?: (id: string) => number | null) => ModelReply): void {
  switch (fault.kind) {
    case 'none': return send(response, apply());
    case 'items': return send(response, apply(fault.busy));
    case 'status': {
      const headers = { 'content-type': fault.html === true ? 'text/html' : 'application/json', ...(fault.retryAfter !== undefined && { 'retry-after': fault.retryAfter }) };
      response.writeHead(fault.status, headers).end(fault.html === true ? '<html>Bad gateway</html>' : JSON.stringify({ error: { type: 'unavailable', reason: 'scripted' }, status: fault.status }));
      return;
    }
    case 'cut': {
      if (fault.applied) {
        const text = JSON.stringify(apply().body);
        // Half a reply, then the end of the connection.
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).write(text.slice(0, text.length >> 1));
      }
      setImmediate(() => response.destroy());
      return;
    }
    case 'garbage':
      if (fault.applied) apply();
      response.writeHead(200, { 'content-type': fault.type }).end(fault.text);
      return;
    case 'slow':
      if (fault.lateMs === null) apply();
  }
}

function send(response: ServerResponse, { status, body }: ModelReply): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
