import { isSkylarkError, SkylarkError, type ErrorCode } from '@skylark/core';

/** What Redis begins an error with, and what it means to a caller. Anything else it answers is our mistake: `internal`. */
const codes: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [/^OOM /, 'store-full'],
  [/^MISCONF .*No space left/s, 'store-full'],
  [/^(MISCONF|READONLY|LOADING|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|NOREPLICAS|MOVED|ASK|UNBLOCKED|BUSY|NOAUTH|WRONGPASS|NOPERM|NOGOODSLAVE|EXECABORT) ?/, 'store-away'],
  [/^WRONGTYPE /, 'store-corrupt'],
];

/** Errors of the connection, in the words of ioredis and Node. */
const connectionLost = /^(Connection is closed|Stream isn't writeable|Command timed out|Socket timeout|Socket closed|Reached the max retries|Command aborted|None of startup nodes|Failed to refresh slots|Cluster isn't ready|Cluster is ended|All sentinels are unreachable|Too many Cluster redirections|connect |read |write )|ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH/;

/** OpenSSL's and Node's codes: the certificate, its name or its time are not as they should be, or the other side speaks no TLS. */
const tlsFailed = /CERT|CRL|^ERR_(TLS|SSL)_|^UNABLE_TO_|^EPROTO$/;

/**
 * A client's error in the store's words, once, with the client's as its cause.
 *
 * `store-away`: may be tried again (refused, silent, loading, failing over, wrong password). `store-full`: Redis takes no writes for want of memory or disk.
 * `store-corrupt`: a key holds another type than ours.
 */
export function storeError(cause: unknown, where: string): SkylarkError {
  if (isSkylarkError(cause)) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  // What Redis 6 puts before an error that a script met.
  const said = message.replace(/^ERR Error running script .*?@user_script: ?\d+: -?/, '').replace(/^ERR (?=[A-Z]+ )/, '');
  const known = codes.find(([pattern]) => pattern.test(said))?.[1] ?? (connectionLost.test(message) || tlsFailed.test(codeOf(cause)) ? 'store-away' : 'internal');
  return new SkylarkError(known, `${where}: ${firstLine(said)}`, { cause });
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  return typeof code === 'string' ? code : '';
}

/** Redis adds the script's hash and line, ioredis its advice. */
function firstLine(message: string): string {
  return message.split('\n')[0]!.replace(/,? ?script: [0-9a-f]{40}.*$/, '').slice(0, 300);
}

/** No use in trying again as things stand: somebody has to change the settings. */
export const isRefusedLogin = (error: unknown): boolean => error instanceof Error && /^(WRONGPASS|NOAUTH|NOPERM|ERR .*(password|AUTH))/i.test(error.message);
