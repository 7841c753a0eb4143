import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExtraRoute } from '@skylark/api';
import { type Backend, type Clock, type Logger, SkylarkError } from '@skylark/core';
import { sendJson } from '../up/read-json-body.js';
import { readFrames } from './frames.js';
import { reindex } from './reindex.js';
import { nothingRestored, type Restored, restoreFrame } from './restore-backup.js';
import { takeBackup } from './take-backup.js';

export interface BackupRouteOptions {
  readonly backend: Backend;
  readonly retentionSeconds: number | null;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What `skylark db backup` and `restore` ask of a running Skylark; for admins. */
export function backupRoutes(options: BackupRouteOptions): ExtraRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/db/backup',
      may: 'admin',
      summary: 'A backup of the whole store, as a stream of bytes; without its end part it is not whole',
      handler: (request, response) => sendBackup(options, request, response),
    },
    {
      method: 'POST',
      path: '/api/v1/db/restore',
      may: 'admin',
      summary: 'Takes parts of a backup into an empty store, in order: ?backup=its id&sequence=number of the first part in the body',
      handler: async (request, response) => sendJson(response, await takeParts(options, request)),
    },
    {
      method: 'POST',
      path: '/api/v1/db/reindex',
      may: 'admin',
      summary: 'Lets the importer index every anomaly anew: for an index that was lost',
      handler: async (_, response) => {
        await reindex({ state: options.backend.state, clock: options.clock });
        sendJson(response, { anomalies: (await options.backend.anomalies.query({ state: 'all', limit: 1 })).total });
      },
    },
  ];
}

async function sendBackup({ backend, retentionSeconds, version, clock, logger }: BackupRouteOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const bytes = takeBackup({ backend, retentionSeconds, version, clock, id: randomUUID(), signal: gone.signal });
  // What fails before the first byte is answered as an error; later only the connection can tell.
  const first = await bytes.next();
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
  try {
    for (let next = first; next.done !== true; next = await bytes.next()) {
      if (!response.write(next.value)) await once(response, 'drain', { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) logger.error('backup.failed', { error });
    request.destroy();
  }
}

async function takeParts({ backend, retentionSeconds, clock }: BackupRouteOptions, request: IncomingMessage): Promise<Restored> {
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
  const [backup, sequence] = [query.get('backup') ?? '', Number(query.get('sequence') ?? NaN)];
  if (backup === '' || !Number.isSafeInteger(sequence) || sequence < 0) throw new SkylarkError('bad-request', 'backup and sequence are needed');
  let total = nothingRestored;
  for await (const frame of readFrames({ bytes: request, name: 'the body', sequence })) total = together(total, await restoreFrame({ backend, retentionSeconds, clock }, backup, frame));
  return total;
}

/** The sum of what two parts brought. */
export function together(first: Restored, second: Restored): Restored {
  return Object.fromEntries(Object.entries(first).map(([key, count]) => [key, (count as number) + second[key as keyof Restored]])) as unknown as Restored;
}
