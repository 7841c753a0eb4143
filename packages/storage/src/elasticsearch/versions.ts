import type { Clock } from '@skylark/core';

/**
 * Versions of changes: ascending within a process, and by the clock between processes, so that a change that arrives late (its reply was given up, or its
 * process was thought dead) does not undo a newer one. Milliseconds since the epoch, or one more than the last.
 */
export function createVersions(clock: Clock): () => number {
  let last = 0;
  return () => (last = Math.max(last + 1, Math.round(clock.now() * 1000)));
}
