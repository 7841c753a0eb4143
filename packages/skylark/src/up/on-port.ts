import { isSkylarkError, SkylarkError, type Logger } from '@skylark/core';
import type { SettingName } from '../config/settings.js';

export interface PortChoice {
  readonly setting: SettingName;
  readonly port: number;
  /** Somebody chose it: busy is an error. Otherwise a free one is taken instead, with a warning. */
  readonly isSet: boolean;
  readonly logger: Logger;
}

/**
 * Opens a listener on its port.
 *
 * @throws SkylarkError port-in-use naming the port and what to change
 */
export async function onPort<Listener>({ setting, port, isSet, logger }: PortChoice, open: (port: number) => Promise<Listener>): Promise<Listener> {
  try {
    return await open(port);
  } catch (error) {
    if (!isSkylarkError(error, 'port-in-use')) throw error;
    if (isSet) throw new SkylarkError('port-in-use', `${port} is taken by another program; set ${setting === 'api.port' ? '--port or api.port' : setting} to another, or to 0 for any free one`, { cause: error });
    logger.warn('port.busy', { setting, port, instead: 'any free port' });
    return open(0);
  }
}
