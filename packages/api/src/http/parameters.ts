import { z } from 'zod';
import { parseTime, type TimeAt } from '../times/parse-time.js';

/** Validators for what stands in a URL: text that means a number, a time, a name. */

const decimal = /^-?\d{1,15}(\.\d{1,15})?$/;

/** A number written as a plain decimal. `Number` would also take '', ' 1' and 0x10. */
export function numberText<Schema extends z.ZodNumber>(schema: Schema) {
  return z.preprocess((value) => (typeof value === 'string' && decimal.test(value) ? Number(value) : value), schema);
}

/** A page's size: 1 to `most`. */
export function limitText(fallback: number, most: number) {
  return numberText(z.int('a whole number').min(1).max(most)).default(fallback);
}

export const offsetText = numberText(z.int('a whole number').min(0).max(10_000_000)).default(0);

/** A metric's name, kept exactly. */
export const metricName = z.string().min(1).max(8192).meta({ description: 'the metric, its name exactly as sent', example: 'web.eu-1.http.latency.p99' });

export const nameQuery = z.string().max(8192);

const timeHelp = { description: 'seconds since the epoch, or now-6h, or ISO 8601 with its zone', example: 'now-6h' };

const asTime = (text: string, context: z.RefinementCtx): TimeAt => {
  const time = parseTime(text);
  if (time) return time;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text.slice(0, 50))} is no time; write seconds since the epoch, now-6h or 2026-11-21T12:00:00Z` });
  return z.NEVER;
};

/** A time in a URL. */
export const timeText = z.string().max(50).transform(asTime).meta(timeHelp);

/** A time in a JSON body: a number of seconds, or text as in a URL. */
export const timeValue = z
  .union([z.number().min(0).max(2 ** 33), z.string().max(50)])
  .transform((value, context) => asTime(typeof value === 'number' ? String(value) : value, context))
  .meta(timeHelp);

/** A flag in a URL: there at all (`?verbose`), or true, false, 1, 0. */
export const flagText = z
  .enum(['', 'true', 'false', '1', '0'])
  .optional()
  .transform((value) => value === '' || value === 'true' || value === '1');
