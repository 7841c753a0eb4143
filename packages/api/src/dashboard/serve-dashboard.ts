import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { Problem } from '../http/problem.js';
import { contentSecurityPolicy, newStyleNonce } from '../http/secure-headers.js';

/** Addresses that are pages; the page's own router reads the rest. A metric's name may hold anything, slashes too. */
const pages = /^\/($|metric\/.|(similar|draw|names|collections|incidents|pipeline|settings)(\/|$))/;

/** Where the index page wants the nonce for a style that a library injects. */
const noncePlace = '__CSP_NONCE__';

/** Serves the built dashboard: files with a hash in their name may be kept for a year, all else is asked for again; every page is the index page. */
export function serveDashboard(app: Express, folder: string): void {
  const hashed = `${sep}assets${sep}`;
  const files = express.static(folder, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    fallthrough: true,
    cacheControl: false,
    setHeaders: (response, path) => response.setHeader('Cache-Control', path.includes(hashed) ? 'public, max-age=31536000, immutable' : 'no-cache'),
  });
  const serveFiles: RequestHandler = (request, response, next) => {
    // A file's name holds no escapes; what does is a metric's name at most.
    if (request.path.includes('%')) return next();
    void files(request, response, next);
  };
  const servePage: RequestHandler = async (request, response, next) => {
    if ((request.method !== 'GET' && request.method !== 'HEAD') || !pages.test(request.path)) return next();
    const page = await readFile(join(folder, 'index.html'), 'utf8').catch(() => null);
    if (page === null) throw new Problem('unknown-route', 'the dashboard is not built (npm run build)');
    response.setHeader('Cache-Control', 'no-cache');
    response.type('html').send(page.includes(noncePlace) ? withNonce(page, (policy) => response.setHeader('Content-Security-Policy', policy)) : page);
  };
  app.use(serveFiles, servePage);
}

function withNonce(page: string, setPolicy: (policy: string) => void): string {
  const nonce = newStyleNonce();
  setPolicy(contentSecurityPolicy(nonce));
  return page.replaceAll(noncePlace, nonce);
}
