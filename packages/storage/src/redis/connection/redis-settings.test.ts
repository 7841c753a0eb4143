import { describe, expect, it } from 'vitest';
import { storeError } from './redis-errors.js';
import { describeServer, parseAddress, parseRedisUrl } from './redis-settings.js';
import { retryDelayMs } from './create-client.js';

describe('where Redis is', () => {
  it.each([
    ['redis://h', { host: 'h', port: 6379, tls: false }],
    ['redis://h:1/3', { host: 'h', port: 1, db: 3, tls: false }],
    ['rediss://me:p%40ss@h:2', { host: 'h', port: 2, username: 'me', password: 'p@ss', tls: true }],
    ['redis://:only@[::1]:3', { host: '::1', port: 3, password: 'only', tls: false }],
    [undefined, { tls: false }],
  ])('is read from %s', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(expected);
  });

  it.each(['http://h', 'h:6379', 'redis://h/x', ''])('is not read from %j, and no password is shown', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(/redis\.url/);
    expect(() => parseRedisUrl('http://:secret@h')).not.toThrow(/secret/);
  });

  it.each([['h:1', { host: 'h', port: 1 }], ['[::1]:26379', { host: '::1', port: 26379 }]])('is read from the address %s', (text, expected) => {
    expect(parseAddress(text)).toEqual(expected);
  });

  it.each(['h', 'h:', 'h:0', 'h:65536', ':1', '::1:5', 'h:1 '])('is not read from the address %j', (text) => {
    expect(() => parseAddress(text)).toThrow(/no host:port/);
  });

  it('is named without credentials', () => {
    expect(describeServer({ url: 'redis://u:secret@h:1', ack: 'local' })).toBe('Redis h:1');
    expect(describeServer({ sentinels: ['a:1', 'b:2'], sentinelName: 'm', ack: 'local' })).toBe('Redis m of Sentinels a:1, b:2');
    expect(describeServer({ cluster: ['a:1'], ack: 'local' })).toBe('Redis Cluster a:1');
  });
});

describe('an error of Redis', () => {
  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'. script: 0123456789012345678901234567890123456789, on @user_script: 1.", 'store-full'],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'store-full'],
    ['MISCONF Redis is configured to save RDB snapshots', 'store-away'],
    ["READONLY You can't write against a read only replica.", 'store-away'],
    ['LOADING Redis is loading the dataset in memory', 'store-away'],
    ['CLUSTERDOWN The cluster is down', 'store-away'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'store-away'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'store-corrupt'],
    ['ERR Error running script (call to f_0): @user_script:3: WRONGTYPE Operation against a key', 'store-corrupt'],
    ["ERR Error running script (call to f_0): @user_script: 3: -OOM command not allowed when used memory > 'maxmemory'.", 'store-full'],
    ['Connection is closed.', 'store-away'],
    ["Stream isn't writeable and enableOfflineQueue options is false", 'store-away'],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'store-away'],
    ['ERR unknown command', 'internal'],
  ])('%s is %s', (message, code) => {
    const cause = new Error(message);
    const error = storeError(cause, 'Redis h:1');
    expect(error).toMatchObject({ code, cause });
    expect(error.detail).toMatch(/^Redis h:1: /);
    expect(error.detail).not.toMatch(/script: [0-9a-f]{40}/);
    expect(storeError(error, 'elsewhere')).toBe(error);
  });
});

describe('a client that is away', () => {
  it('tries again quickly at first and twice a second in the end', () => {
    expect([0, 1, 2, 3, 4, 5, 100].map(retryDelayMs)).toEqual([20, 40, 80, 160, 320, 500, 500]);
  });
});
