import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { type Clock, silentLogger } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { z } from 'zod';
import { type Client, clientOf } from '../cli/client.js';
import { type CommandContext, UsageError } from '../cli/command-context.js';
import { readConfig } from '../config/read-config.js';
import type { HistoryOptions } from '../history/open-history.js';
import { version } from '../version.js';
import { together } from './backup-routes.js';
import { type Frame, magic } from './frames.js';
import type { BackupHeader } from './payloads.js';
import { nothingRestored, type Restored, restoreFrame } from './restore-backup.js';
import { takeBackup } from './take-backup.js';

/** A store that backups are taken of: a running Skylark, or a folder that nobody runs. */
export interface BackupAccess {
  take(): AsyncIterable<Uint8Array>;
  /** Puts all parts in, in order; each is durable before the next is asked for, or the next few. */
  restore(header: BackupHeader, frames: AsyncIterable<Frame>): Promise<Restored>;
  close(): Promise<void>;
}

/** @throws UsageError for a folder without a store to take a backup of; SkylarkError store-in-use, bad-config */
export async function openBackupAccess(context: CommandContext, options: HistoryOptions, shards?: number): Promise<BackupAccess> {
  if (options.data === undefined) return runningAccess(clientOf(context, options), context.signal);
  if (shards === undefined && (!existsSync(options.data) || readdirSync(options.data).length === 0)) throw new UsageError(`${options.data} holds no store`);
  const { config, origins } = readConfig(context, options.config === undefined ? {} : { file: options.config });
  const retentionSeconds = config['store.retention'];
  const isChosen = origins.get('store.shards') !== 'default';
  return folderAccess({ folder: options.data, retentionSeconds, shards: isChosen || shards === undefined ? config['store.shards'] : shards, clock: context.clock, signal: context.signal });
}

interface FolderOptions {
  readonly folder: string;
  readonly retentionSeconds: number | null;
  readonly shards: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Datapoints that may lie in the log before they are made into blocks. */
const unsealedDatapoints = 4_000_000;

async function folderAccess({ folder, retentionSeconds, shards, clock, signal }: FolderOptions): Promise<BackupAccess> {
  const backend = await openEmbedded({ folder, retentionSeconds, shards, clock, logger: silentLogger });
  return {
    take: () => takeBackup({ backend, retentionSeconds, version, clock, signal, id: randomUUID() }),
    async restore({ id }, frames) {
      let total = nothingRestored;
      let unsealed = 0;
      for await (const frame of frames) {
        signal.throwIfAborted();
        const restored = await restoreFrame({ backend, retentionSeconds, clock }, id, frame);
        total = together(total, restored);
        unsealed += restored.datapoints;
        if (unsealed < unsealedDatapoints) continue;
        for (let shard = 0; shard < backend.series.shards; shard += 1) await backend.series.maintain(shard, clock.now());
        unsealed = 0;
      }
      return total;
    },
    close: () => backend.close(),
  };
}

const bytesAtOnce = 4 * 2 ** 20;
const restoredShape = z.object({ datapoints: z.number(), anomalies: z.number(), shapes: z.number(), collections: z.number(), state: z.number(), leftOut: z.number(), refused: z.number() });

function runningAccess(client: Client, signal: AbortSignal): BackupAccess {
  return {
    async *take() {
      yield* await client.stream('/api/v1/db/backup', signal);
    },
    async restore({ id }, frames) {
      let total = nothingRestored;
      let waiting: Buffer[] = [];
      let [first, bytes] = [0, 0];
      const send = async (): Promise<void> => {
        const body = Buffer.concat(first === 0 ? [magic, ...waiting] : waiting);
        total = together(total, restoredShape.parse(await client.sendBytes(`/api/v1/db/restore?backup=${encodeURIComponent(id)}&sequence=${first}`, body)));
        [waiting, bytes] = [[], 0];
      };
      for await (const frame of frames) {
        if (waiting.length === 0) first = frame.sequence;
        waiting.push(frame.bytes);
        bytes += frame.bytes.length;
        if (bytes >= bytesAtOnce || frame.kind === 'header') await send();
      }
      if (waiting.length > 0) await send();
      return total;
    },
    close: async () => undefined,
  };
}
