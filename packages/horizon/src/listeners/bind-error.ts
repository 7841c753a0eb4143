import { SkylarkError } from '@skylark/core';

/** What a failed bind means for the person who started it: the port is named. */
export function bindError(error: NodeJS.ErrnoException, host: string, port: number): SkylarkError {
  const where = `${host}:${port}`;
  if (error.code === 'EADDRINUSE') return new SkylarkError('port-in-use', where, { cause: error });
  if (error.code === 'EACCES') return new SkylarkError('bad-config', `no permission to listen on ${where}`, { cause: error });
  return new SkylarkError('bad-config', `cannot listen on ${where}: ${error.message}`, { cause: error });
}
