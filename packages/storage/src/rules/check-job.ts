import { SkylarkError, type Job } from '@skylark/core';

/** A finished id is not added again for so long. */
export const keepSeconds = 86_400;
export const maxAttempts = 3;
/** A worker that does not renew its hold on a job for so long is thought dead. */
export const holdSeconds = 30;
/** On closing the backend, handlers get so long to end after their signal. */
export const closingMs = 5000;
const maxDataBytes = 64 * 1024;

/** @throws SkylarkError `bad-request` for an id that not every backend can keep, and for data that is more than ids */
export function checkJob({ id, data }: Job): void {
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(id) || /^\d+$/.test(id)) throw new SkylarkError('bad-request', `job id ${JSON.stringify(id.slice(0, 140))}`);
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > maxDataBytes) throw new SkylarkError('bad-request', `job ${id} carries ${bytes} bytes; ${maxDataBytes} are allowed: ids, not data`);
}
