import type { LogStyle } from '../cli/log.js';
import type { Config } from '../config/settings.js';

/** What a thread is started with; crosses by structured clone. */
export interface ThreadData {
  readonly folder: string;
  readonly config: Config;
  readonly logStyle: LogStyle;
}
