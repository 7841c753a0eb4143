/** One thing looked at, and what to change where it is not as it should be. */
export interface ServerFinding {
  /** `redis version`, `elasticsearch disk` ... */
  readonly check: string;
  readonly ok: boolean;
  readonly message: string;
  /** It could not be looked at, because nothing answers. */
  readonly isUnreachable?: true;
}

export const fine = (check: string, message: string): ServerFinding => ({ check, ok: true, message });
export const wrong = (check: string, message: string): ServerFinding => ({ check, ok: false, message });
export const unreachable = (check: string, message: string): ServerFinding => ({ check, ok: false, message, isUnreachable: true });
