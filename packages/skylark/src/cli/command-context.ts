import type { Clock } from '@skylark/core';

/** The outside world as commands see it; made once in main, from pieces in tests. */
export interface CommandContext {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** The status the process ends with when nothing throws. */
  setExitCode(code: ExitCode): void;
}

/** 0 fine, 1 failed, 2 wrong usage or config, 3 could not reach a server. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Wrong usage that commander could not see by itself. */
export class UsageError extends Error {}

export function print(context: CommandContext, value: unknown): void {
  context.stdout.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
}

export function note(context: CommandContext, text: string): void {
  context.stderr.write(`${text}\n`);
}
