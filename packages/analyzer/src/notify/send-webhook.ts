import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { createAddressGuard } from './address-guard.js';

export interface WebhookOptions {
  /** `host:port` a target may reach though private, or by plain http, or at another port than 443. */
  readonly allowAddresses: readonly string[];
}

/** Posts JSON to a target; rejects with why it did not arrive. */
export type Send = (target: string, body: string, id: string) => Promise<void>;

const timeoutMs = 5000;
const mostAnswerBytes = 65_536;

/**
 * A sender of webhooks that cannot be led astray: https at port 443 unless allowed, the name resolved once and the checked address connected to, no
 * redirects, five seconds, an answer of at most 64 KiB. Every try carries the same `Idempotency-Key`.
 */
export function createWebhookSender({ allowAddresses }: WebhookOptions): Send {
  const isPublic = createAddressGuard();
  const allowed = new Set(allowAddresses);

  async function addressOf(url: URL): Promise<string> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    const isAllowed = allowed.has(`${host}:${port}`) || allowed.has(`${url.hostname}:${port}`);
    if (!isAllowed && (url.protocol !== 'https:' || port !== '443')) throw new Error(`${url.protocol}//${url.host} is neither https at port 443 nor allowed by notifications.allowAddresses`);
    const { address } = isIP(host) > 0 ? { address: host } : await lookup(host);
    if (!isAllowed && !isPublic(address)) throw new Error(`${url.host} is the private address ${address}, which notifications.allowAddresses does not allow`);
    return address;
  }

  return async (target, body, id) => {
    const url = new URL(target);
    const address = await addressOf(url);
    await post({ url, address, body, id });
  };
}

function post({ url, address, body, id }: { url: URL; address: string; body: string; id: string }): Promise<void> {
  const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = make(url, {
      method: 'POST',
      // The address that was checked, whatever the name says a moment later.
      lookup: (_host, options, answer) => (options.all === true ? answer(null, [{ address, family: isIP(address) }]) : answer(null, address, isIP(address))),
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), 'Idempotency-Key': id, 'User-Agent': 'skylark' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > mostAnswerBytes) request.destroy(new Error(`an answer of more than ${mostAnswerBytes} bytes`));
      });
      response.on('error', reject);
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve();
        else reject(new Error(`status ${status}`));
      });
    });
    request.end(body);
  });
}
