import type { IncomingMessage } from 'node:http';
import { Problem } from '../http/problem.js';

/** Whether an address of a socket is this machine. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\./.test(address));
}

const loopbackHost = /^(localhost|[\w-]+\.localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/** Without tokens, being on this machine is what allows: so the peer must be, and the page must have been asked for by a name of this machine (DNS rebinding). */
export function checkLocal(request: IncomingMessage): void {
  if (!isLoopbackAddress(request.socket.remoteAddress)) throw new Problem('forbidden', 'no token is set, so only this machine may ask');
  const { host } = request.headers;
  if (host !== undefined && !loopbackHost.test(host)) throw new Problem('forbidden', `no token is set, so the host must be localhost or 127.0.0.1, not ${JSON.stringify(host.slice(0, 100))}`);
}

/**
 * A request that changes something and comes from a browser must come from our own page and say so with `X-Skylark: 1`
 * (which no foreign page can send without being asked about it first). Other programs send neither Origin nor Sec-Fetch-Site.
 */
export function checkBrowserWrite(request: IncomingMessage, byCookie: boolean): void {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (origin === undefined && site === undefined && !byCookie) return;
  if (site !== undefined && site !== 'same-origin') throw new Problem('forbidden', 'a browser may change something only from our own pages');
  if (origin !== undefined && !isOriginOf(origin, host)) throw new Problem('forbidden', `a page of ${JSON.stringify(origin.slice(0, 100))} may change nothing here`);
  if (request.headers['x-skylark'] !== '1') throw new Problem('forbidden', 'a browser must send X-Skylark: 1 with what changes something');
}

function isOriginOf(origin: string, host: string | undefined): boolean {
  try {
    const { protocol, host: originHost } = new URL(origin);
    return host !== undefined && originHost !== '' && new URL(`${protocol}//${host}`).host === originHost;
  } catch {
    return false;
  }
}
