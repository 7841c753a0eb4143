/** An object of a reply; what is in it is still to be looked at. */
export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under a key; empty when there is none. */
export function objectAt(value: unknown, key: string): JsonObject {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

/** The list under a key; null when there is none. */
export function listAt(value: unknown, key: string): readonly unknown[] | null {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : null;
}

export function numberAt(value: unknown, key: string): number | null {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : null;
}

export function textAt(value: unknown, key: string): string | null {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : null;
}

/** `type: reason` of an error, with what caused it in the end; a preview of the whole document is cut short. */
export function reasonIn(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!isObject(error)) return 'no reason given';
  const cause = isObject(error['caused_by']) ? ` (${reasonIn(error['caused_by'])})` : '';
  return `${textAt(error, 'type') ?? 'error'}: ${(textAt(error, 'reason') ?? '').slice(0, longestReason)}${cause}`;
}

/** Of one error, without its cause. */
const longestReason = 200;

/** Retry-After in seconds or as a date, as milliseconds from now, 0 to a minute; null where it is missing or unreadable. */
export function retryAfterMs(header: unknown, nowSeconds: number): number | null {
  if (typeof header !== 'string' || header.trim() === '') return null;
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : Date.parse(header) / 1000 - nowSeconds;
  return Number.isFinite(seconds) ? Math.min(60_000, Math.max(0, seconds * 1000)) : null;
}
