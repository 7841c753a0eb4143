import { z } from 'zod';

const secondsPerUnit: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const bytesPerUnit: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/** `90s`, `1.5h`, `14d` to seconds; null for anything else. */
export function parseDuration(text: string): number | null {
  return measure(text, /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/, secondsPerUnit);
}

/** `2GiB`, `500kB`, `1024B` to bytes; null for anything else. */
export function parseSize(text: string): number | null {
  return measure(text, /^(\d+(?:\.\d+)?)(B|kB|MB|GB|KiB|MiB|GiB|TiB)$/, bytesPerUnit);
}

function measure(text: string, form: RegExp, factors: Readonly<Record<string, number>>): number | null {
  const [, amount, unit] = form.exec(text) ?? [];
  const factor = unit === undefined ? undefined : factors[unit];
  return factor === undefined ? null : Number(amount) * factor;
}

/** Seconds in the shortest exact unit: 86400 is `1d`. */
export function formatDuration(seconds: number): string {
  for (const unit of ['w', 'd', 'h', 'm', 's'] as const) {
    const factor = secondsPerUnit[unit] ?? 1;
    if (seconds >= factor && seconds % factor === 0 && (unit !== 'w' || seconds % (4 * factor) === 0)) return `${seconds / factor}${unit}`;
  }
  return `${Math.round(seconds * 1000)}ms`;
}

/** A duration setting: text with a unit in, seconds out. */
export const duration = (least = 0) =>
  z.string({ error: 'a duration with its unit, such as 10s, 5m, 24h or 14d' }).transform((text, context) => {
    const seconds = parseDuration(text);
    if (seconds === null) {
      context.addIssue({ code: 'custom', message: `"${text}" is not a duration; write a number and one of ms s m h d w, such as 10s or 14d` });
      return z.NEVER;
    }
    if (seconds < least) {
      context.addIssue({ code: 'custom', message: `${text} is too short; at least ${formatDuration(least)}` });
      return z.NEVER;
    }
    return seconds;
  });
