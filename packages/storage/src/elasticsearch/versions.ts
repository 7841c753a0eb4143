/** A version further ahead than this was given before the clock was set back, and is as old as any. */
const mostAheadSeconds = 60;

/**
 * The version of a change known at a time: milliseconds since the epoch. The index leaves out a change of a lower version than the document has, so one that
 * arrives late (its reply was given up, or its process was thought dead) does not undo a newer one.
 */
export const versionAt = (seconds: number): number => Math.max(1, Math.round(seconds * 1000));

/** Whether a version can only come from a clock that was wrong. */
export const isFromTheFuture = (version: number, nowSeconds: number): boolean => version > versionAt(nowSeconds + mostAheadSeconds);
