import type { ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** Sends an answer once; nothing when the other side has gone. */
export function send(response: ServerResponse, { status, headers = {}, body, contentType = 'application/json' }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  if (body === undefined) {
    response.end();
    return;
  }
  const text = Buffer.from(JSON.stringify(body));
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', text.length);
  response.end(text);
}

/** Seconds after which a refused sender may come again. */
export const retryAfterSeconds = '2';
