import type { Clock, Logger, Sample } from '@skylark/core';
import type { Intake } from '../intake/intake.js';

export interface ListenerAddress {
  readonly host: string;
  readonly port: number;
}

/** A bound listener. */
export interface Listener {
  /** Where it really listens, after port 0 became a free one. */
  readonly address: ListenerAddress;
  /** Stops accepting, takes what has already arrived, then ends. Never rejects; close the intake after it. */
  close(): Promise<void>;
  samples(): readonly Sample[];
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly logger: Logger;
}
