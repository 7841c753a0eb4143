import type { LogStyle } from '../cli/log.js';
import type { Config } from '../config/settings.js';
import type { StoreKind } from './open-store.js';
import type { Target } from './targets.js';

/** What a thread is started with; crosses by structured clone. */
export interface ThreadData {
  readonly store: StoreKind;
  readonly folder: string;
  readonly targets: readonly Target[];
  /** Who holds this process's leases: the same again where a store has one process at a time, else never the same twice. */
  readonly holder: string;
  readonly config: Config;
  readonly logStyle: LogStyle;
}
