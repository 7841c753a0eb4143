import { UsageError } from '../cli/command-context.js';
import { parseDuration } from '../config/units.js';
import { parseTimestamp } from './parse-timestamp.js';

/** `--from` and `--until`: seconds, ISO 8601, `now` or `now-6h`; undefined stays undefined. */
export function timeOption(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = /^now(?:-(.+))?$/.exec(text);
  const seconds = ago ? now - (ago[1] === undefined ? 0 : (parseDuration(ago[1]) ?? NaN)) : (parseTimestamp(text) ?? NaN);
  if (Number.isNaN(seconds)) throw new UsageError(`${JSON.stringify(text)} is no time; write seconds, ISO 8601 or now-6h`);
  return seconds;
}
