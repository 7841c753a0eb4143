/** The one table of errors: code to message. Adapters wrap client errors once, with `cause`; the api alone maps codes to HTTP. */
export const errorMessages = {
  'bad-config': 'The configuration is not usable',
  'bad-request': 'The request is not usable',
  'bad-pattern': 'The pattern is not usable',
  'unknown-metric': 'No metric by that name',
  'unknown-anomaly': 'No anomaly with that id',
  'unknown-collection': 'No collection with that id',
  'flat-query': 'The query is flat: it has no shape to compare',
  'too-few-points': 'The query has too few datapoints in its window',
  'store-away': 'The store cannot be reached or cannot write',
  'store-full': 'The disk is full: reading goes on, writing is refused',
  'store-failed': 'The disk reported a failure: restart needed before anything is acknowledged again',
  'store-in-use': 'Another process uses this data folder',
  'store-newer': 'The data folder was written by a newer version of Skylark',
  'store-corrupt': 'A stored record fails its checksum',
  'store-closed': 'The store is closed',
  'index-away': 'The index cannot be reached',
  'stale-lease': 'The lease was taken over by another worker',
  'version-conflict': 'The record was changed by somebody else',
  'too-old-for-retention': 'The datapoints are older than the retention',
  'port-in-use': 'The port is in use',
  'unreachable': 'The server cannot be reached',
  'bad-block': 'The block is damaged',
  'bad-backup': 'The backup is not usable',
  'store-not-empty': 'The store is not empty',
  'restore-unfinished': 'The store is not whole',
  'unauthorized': 'A token is needed',
  'forbidden': 'The token does not allow this',
  'internal': 'Something went wrong inside Skylark',
} as const;

export type ErrorCode = keyof typeof errorMessages;

/** An error with a stable code. `detail` names what and where, for the person who reads it. */
export class SkylarkError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail = '', options?: { cause?: unknown }) {
    super(detail === '' ? errorMessages[code] : `${errorMessages[code]}: ${detail}`, options);
    this.name = 'SkylarkError';
    this.code = code;
    this.detail = detail;
  }
}

/** True for a SkylarkError of the given code; any code if none is given. */
export function isSkylarkError(error: unknown, code?: ErrorCode): error is SkylarkError {
  return error instanceof SkylarkError && (code === undefined || error.code === code);
}
