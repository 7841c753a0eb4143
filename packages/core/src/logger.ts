export type LogFields = Readonly<Record<string, unknown>>;

/** One stable event name per kind of line (`store.opened`), details as fields. Never a metric's data, never a secret. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
