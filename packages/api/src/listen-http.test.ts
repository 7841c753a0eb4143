import { connect } from 'node:net';
import { isSkylarkError } from '@skylark/core';
import { expect, it } from 'vitest';
import { openReply, readReply, systemClock } from '../oracle/api-under-test.js';
import { listenHttp } from './listen-http.js';

const hello = { app: (_request: unknown, response: { end(text: string): void }) => response.end('hello'), host: '127.0.0.1', clock: systemClock };

it('listens on a free port and says which', async () => {
  const listener = await listenHttp({ ...hello, port: 0 });
  expect(listener.address.host).toBe('127.0.0.1');
  expect((await readReply(await openReply({ ...listener.address, path: '/' }))).text).toBe('hello');
  await listener.close();
});

it('names a port that is taken', async () => {
  const first = await listenHttp({ ...hello, port: 0 });
  const error: unknown = await listenHttp({ ...hello, port: first.address.port }).catch((caught: unknown) => caught);
  expect(isSkylarkError(error, 'port-in-use')).toBe(true);
  expect(String(error)).toContain(`:${first.address.port}`);
  await first.close();
});

it('closes though clients stay connected, once their grace is over', async () => {
  const listener = await listenHttp({ ...hello, port: 0 });
  const half = connect(listener.address.port, '127.0.0.1');
  half.on('error', () => undefined);
  half.write('GET / HTTP/1.1\r\nHost: a');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const gone = new Promise((resolve) => half.once('close', resolve));
  await listener.close(100);
  await gone;
});
