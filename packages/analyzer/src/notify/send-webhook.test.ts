import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAddressGuard } from './address-guard.js';
import { createWebhookSender } from './send-webhook.js';

describe('the guard of addresses', () => {
  const isPublic = createAddressGuard();
  it.each([
    '127.0.0.1', '127.8.8.8', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '224.0.0.1', '255.255.255.255', '198.18.0.1',
    '::', '::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'ff02::1', '2002:7f00:1::', '2001:db8::1', 'localhost', '', '1.2.3',
  ])('%s is not public', (address) => expect(isPublic(address)).toBe(false));

  it.each(['8.8.8.8', '93.184.216.34', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450:4001::1'])('%s is', (address) => expect(isPublic(address)).toBe(true));
});

describe('a webhook', () => {
  let server: Server;
  let port: number;
  let answer: (response: ServerResponse) => void;
  let got: { body: string; key: unknown }[];
  beforeEach(async () => {
    got = [];
    answer = (response) => void response.end('ok');
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        got.push({ body, key: request.headers['idempotency-key'] });
        answer(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const allowed = () => createWebhookSender({ allowAddresses: [`127.0.0.1:${port}`] });
  const target = (path = '/hook'): string => `http://127.0.0.1:${port}${path}`;

  it('arrives at an allowed address, with a key that stays the same', async () => {
    await allowed()(target(), '{"a":1}', 'n1');
    expect(got).toEqual([{ body: '{"a":1}', key: 'n1' }]);
  });

  it.each(['localhost', '127.0.0.1', '127.1', '0x7f.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '0', '017700000001'])('does not go to %s unless allowed', async (host) => {
    await expect(createWebhookSender({ allowAddresses: [] })(`https://${host}/hook`, '{}', 'n')).rejects.toThrow(/private address/);
    await expect(createWebhookSender({ allowAddresses: [] })(`http://${host}:${port}/hook`, '{}', 'n')).rejects.toThrow(/neither https/);
    expect(got).toEqual([]);
  });

  it('follows no redirect', async () => {
    answer = (response) => void response.writeHead(302, { Location: target('/elsewhere') }).end();
    await expect(allowed()(target(), '{}', 'n')).rejects.toThrow('status 302');
    expect(got).toHaveLength(1);
  });

  it('takes no endless answer', async () => {
    answer = (response) => void response.writeHead(200).write('x'.repeat(1 << 20));
    await expect(allowed()(target(), '{}', 'n')).rejects.toThrow('65536 bytes');
  });

  it('says why a target refused', async () => {
    answer = (response) => void response.writeHead(503).end();
    await expect(allowed()(target(), '{}', 'n')).rejects.toThrow('status 503');
  });
});
