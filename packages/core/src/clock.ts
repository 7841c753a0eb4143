/** Time as a parameter. Logic never reads a clock itself. */
export interface Clock {
  /** Wall time, seconds since the epoch, fractional. For stamping data. */
  now(): number;
  /** Monotonic milliseconds from an arbitrary origin. For measuring durations. */
  elapsedMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts (it never rejects). Of 0 ms: after everybody else who can go on had a turn. Does not keep the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
