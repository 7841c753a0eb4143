import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { TLSSocket } from 'node:tls';

const policy: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
};

/** The content security policy: nothing inline, nothing foreign. With a nonce, for a page with a library that injects one style element. */
export function contentSecurityPolicy(styleNonce?: string): string {
  const sources = styleNonce === undefined ? policy : { ...policy, 'style-src': `'self' 'nonce-${styleNonce}'` };
  return Object.entries(sources).map(([name, value]) => `${name} ${value}`).join('; ');
}

export function newStyleNonce(): string {
  return randomBytes(16).toString('base64');
}

/** Headers of every answer (OWASP ASVS 3.4): the policy, no sniffing, no referrer, no frames, this origin only; HSTS over TLS. */
export function secureHeaders(): readonly RequestHandler[] {
  const others = helmet({ contentSecurityPolicy: false, strictTransportSecurity: false, xFrameOptions: { action: 'deny' } });
  const own: RequestHandler = (request, response, next) => {
    response.setHeader('Content-Security-Policy', contentSecurityPolicy());
    response.setHeader('Cache-Control', 'no-store');
    if ((request.socket as Partial<TLSSocket>).encrypted === true) response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
    next();
  };
  return [others, own];
}
