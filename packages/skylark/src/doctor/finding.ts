/** One thing looked at. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** What was seen; when not ok also what to change. */
  readonly message: string;
  /** It could not be looked at, because nothing answers. */
  readonly isUnreachable?: true;
}
