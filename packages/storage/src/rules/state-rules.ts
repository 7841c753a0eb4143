import { SkylarkError, type Fence, type Json } from '@skylark/core';

const maxValueBytes = 2 ** 20;
/** Longest snapshot in bytes. */
export const maxSnapshotBytes = 64 * 2 ** 20;

/** The value as JSON text. @throws SkylarkError `bad-request` when it is too long for a record */
export function valueText(key: string, value: Json): string {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > maxValueBytes) throw new SkylarkError('bad-request', `value of ${key} is longer than ${maxValueBytes} bytes`);
  return text;
}

export function checkSnapshot(key: string, bytes: Uint8Array): void {
  if (bytes.length > maxSnapshotBytes) throw new SkylarkError('bad-request', `snapshot ${key} of ${bytes.length} bytes; ${maxSnapshotBytes} are allowed`);
}

export const staleLease = ({ lease, token }: Fence, newest: number): SkylarkError => new SkylarkError('stale-lease', `${lease}: token ${token}, now ${newest}`);
export const versionConflict = (key: string, version: number, expected: number | null): SkylarkError => new SkylarkError('version-conflict', `${key} is at ${version}, not ${expected}`);
