import { isIP } from 'node:net';
import type { AccessOptions, Token } from '@skylark/api';
import { SkylarkError } from '@skylark/core';
import type { Config } from '../config/settings.js';

/** Who may what, from the settings. */
export function accessOptions(config: Config, insecure: boolean): AccessOptions {
  const tokens: Token[] = [];
  const add = (name: string, token: string | undefined, may: Token['may']): void => {
    if (token !== undefined) tokens.push({ name, token, may });
  };
  add('admin', config['api.token'], 'admin');
  add('read', config['api.tokens.read'], 'read');
  add('write', config['api.tokens.write'], 'write');
  add('admin', config['api.tokens.admin'], 'admin');
  return { tokens, insecure };
}

/**
 * Refuses to answer other machines without a token.
 *
 * @throws SkylarkError bad-config naming the setting and the ways out
 */
export function refuseOpenBind(setting: string, host: string, { tokens, insecure }: AccessOptions): void {
  if (tokens.length > 0 || insecure || isLoopback(host)) return;
  throw new SkylarkError('bad-config', `${setting} ${host} is reachable from other machines, and there is no token; set api.token, or say --insecure-bind if that is meant`);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
