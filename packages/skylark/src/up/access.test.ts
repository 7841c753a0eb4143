import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import { accessOptions, isLoopback, refuseOpenBind } from './access.js';

const config = (environment: Record<string, string> = {}) => loadConfig({ environment, readFile: () => '' }).config;
const token = 'a-token-of-enough-length';

describe('accessOptions', () => {
  it('knows no token by default', () => expect(accessOptions(config(), false)).toEqual({ tokens: [], insecure: false }));

  it('gives each token its right, api.token all of them', () => {
    const { tokens } = accessOptions(config({ SKYLARK_API__TOKEN: `${token}-0`, SKYLARK_API__TOKENS__READ: `${token}-1`, SKYLARK_API__TOKENS__WRITE: `${token}-2`, SKYLARK_API__TOKENS__ADMIN: `${token}-3` }), false);
    expect(tokens.map(({ token: secret, may }) => [secret.slice(-1), may])).toEqual([['0', 'admin'], ['1', 'read'], ['2', 'write'], ['3', 'admin']]);
  });
});

describe('a bind', () => {
  const open = { tokens: [], insecure: false };
  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('to %s needs no token', (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(() => refuseOpenBind('api.host', host, open)).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', '10.0.0.1', 'skylark.example', '127.example.com', '128.0.0.1', ''])('to %j is refused without one, naming the setting and the ways out', (host) => {
    expect(() => refuseOpenBind('api.host', host, open)).toThrow(/api\.host .*api\.token.*--insecure-bind/);
  });

  it('anywhere is fine with a token, or where it was asked for', () => {
    expect(() => refuseOpenBind('api.host', '0.0.0.0', { tokens: [{ name: 'admin', token, may: 'admin' }], insecure: false })).not.toThrow();
    expect(() => refuseOpenBind('api.host', '0.0.0.0', { tokens: [], insecure: true })).not.toThrow();
  });
});
