import type { RejectionReason } from '@skylark/core';

/** Control characters: C0, DEL, C1. */
const control = /[\u0000-\u001f\u007f-\u009f]/;
const loneSurrogate = /\p{Surrogate}/u;

/**
 * Whether a metric's name may be kept: 1 to `maxNameBytes` bytes of UTF-8 without control characters. Spaces, dots, slashes, markup and
 * anything else are data and stay as they are. Tags are the business of `normaliseTags`.
 *
 * @returns `bad-name`, or null for a usable name
 * @example checkMetricName('web.1.cpu', 1024) // null
 * @example checkMetricName('a\nb', 1024) // 'bad-name'
 */
export function checkMetricName(name: string, maxNameBytes: number): RejectionReason | null {
  if (name.length < 1 || name.length > maxNameBytes) return 'bad-name';
  if (control.test(name) || loneSurrogate.test(name)) return 'bad-name';
  return Buffer.byteLength(name) > maxNameBytes ? 'bad-name' : null;
}
