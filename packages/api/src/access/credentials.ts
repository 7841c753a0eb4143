import type { IncomingMessage } from 'node:http';

export const sessionCookie = 'skylark_session';

/** The secret in an Authorization header: `Bearer T`, Influx' `Token T`, or Basic with T as the password. null: there is none, or in another scheme. */
export function secretOf(request: IncomingMessage): string | null {
  const [, scheme, rest] = /^(\w+) +(.*)$/.exec(request.headers.authorization ?? '') ?? [];
  if (scheme === undefined || rest === undefined) return null;
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      return rest.trim();
    case 'basic':
      return passwordOf(Buffer.from(rest, 'base64').toString('utf8'));
    default:
      return null;
  }
}

function passwordOf(pair: string): string | null {
  const colon = pair.indexOf(':');
  return colon < 0 ? null : pair.slice(colon + 1);
}

/** The value of the page's cookie; the first, if somebody sent several. */
export function sessionOf(request: IncomingMessage): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.split('=', 2);
    if (name?.trim() === sessionCookie && value !== undefined) return value.trim();
  }
  return null;
}
