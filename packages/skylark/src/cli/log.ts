import type { LogFields, Logger } from '@skylark/core';
import { destination, pino } from 'pino';
import { printable } from './table.js';

export interface LogStyle {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Readable lines instead of JSON. */
  readonly pretty: boolean;
}

export interface LogOptions extends LogStyle {
  /** Says a repeated event at most this many times a minute; the rest is counted. */
  readonly perMinute: number;
  readonly elapsedMs: () => number;
  /** Where lines go; stderr unless said. */
  readonly fd?: number;
}

/** Logs a line an event. A full disk or a closed pipe behind it never reaches the caller. */
export function createLogger({ level, pretty, perMinute, elapsedMs, fd = 2 }: LogOptions): Logger {
  const sink = destination({ dest: fd, sync: true });
  sink.on('error', () => undefined);
  const target = pino({ level, base: null }, sink);
  const seen = new Map<string, { since: number; count: number }>();
  const write = (severity: LogOptions['level'], event: string, fields: LogFields = {}): void => {
    const suppressed = countRepeat(event);
    if (suppressed === null) return;
    const shown = suppressed > 0 ? { ...fields, suppressed } : fields;
    if (pretty) writePretty(severity, event, shown);
    else target[severity](plainFields(shown), event);
  };
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  };

  /** How many were kept back since the last line of this event; null: keep this one back too. */
  function countRepeat(event: string): number | null {
    const now = elapsedMs();
    const entry = seen.get(event);
    if (!entry || now - entry.since > 60_000) {
      seen.set(event, { since: now, count: 1 });
      return entry ? Math.max(0, entry.count - perMinute) : 0;
    }
    entry.count++;
    return entry.count > perMinute ? null : 0;
  }

  function writePretty(severity: LogOptions['level'], event: string, fields: LogFields): void {
    if (!target.isLevelEnabled(severity)) return;
    const details = Object.entries(plainFields(fields)).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    const mark = severity === 'info' || severity === 'debug' ? '' : `${severity}: `;
    try {
      sink.write(`${printable(`${mark}${event} ${details.join(' ')}`.trim())}\n`);
    } catch {
      // Nowhere left to say it.
    }
  }
}

/** Errors as their message and that of their cause, secrets hidden: what a log line may carry. */
function plainFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, shownField(key, value)]));
}

function shownField(key: string, value: unknown): unknown {
  if (/^(token|password|authorization)$/i.test(key)) return '(redacted)';
  if (value instanceof Error) return [value.message, value.cause instanceof Error ? value.cause.message : ''].filter(Boolean).join(' <- ');
  return isPlainObject(value) ? plainFields(value) : value;
}

function isPlainObject(value: unknown): value is LogFields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
