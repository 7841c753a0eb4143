import { openEmbedded } from '@skylark/storage/embedded';
import type { Clock, Logger } from '@skylark/core';
import type { LogStyle } from '../cli/log.js';
import type { Config, SettingName } from '../config/settings.js';
import type { Target } from './targets.js';

/** Where it listens: `host:port`, or null for what this process does not serve. */
export interface Addresses {
  readonly pid: number;
  readonly http: string | null;
  readonly carbon: string | null;
  readonly carbonUdp: string | null;
  readonly pickle: string | null;
  readonly udp: string | null;
}

export interface SkylarkOptions {
  readonly config: Config;
  /** Whether somebody set it, as against its default: a default port that is busy gives way. */
  readonly isSet: (name: SettingName) => boolean;
  readonly folder: string;
  readonly targets: readonly Target[];
  readonly demo: boolean;
  readonly insecureBind: boolean;
  readonly logStyle: LogStyle;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted: drain and stop. */
  readonly signal: AbortSignal;
}

export interface RunningSkylark {
  readonly addresses: Addresses;
  readonly untilStopped: Promise<void>;
}
