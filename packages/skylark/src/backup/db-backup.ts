import { createReadStream, existsSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { SkylarkError } from '@skylark/core';
import { type CommandContext, note, print, UsageError } from '../cli/command-context.js';
import { startProgress } from '../cli/progress.js';
import type { HistoryOptions } from '../history/open-history.js';
import { openBackupAccess } from './backup-access.js';
import { type BackupReport, checkBackup } from './check-backup.js';
import { type Frame, readFrames } from './frames.js';

export interface BackupOptions extends HistoryOptions {
  readonly json?: boolean;
}

/** `skylark db backup FILE`: written beside it first, checked as it is written, and there only when whole. */
export async function backup(context: CommandContext, file: string, options: BackupOptions): Promise<void> {
  if (file !== '-' && existsSync(file)) throw new UsageError(`${file} is there already; a backup replaces nothing`);
  const access = await openBackupAccess(context, options);
  try {
    const report = file === '-' ? await toStdout(context, access.take()) : await toFile(file, access.take());
    if (options.json && file !== '-') print(context, { file, ...report });
    note(context, `${file}: ${inWords(report)}`);
  } finally {
    await access.close();
  }
}

/** `skylark db restore FILE`: read through once before anything is written. */
export async function restore(context: CommandContext, file: string, options: BackupOptions): Promise<void> {
  const report = await checkBackup({ bytes: createReadStream(file), name: file });
  const { size } = await stat(file);
  const access = await openBackupAccess(context, options, report.shards);
  const progress = startProgress(context, size, 'restoring');
  try {
    const restored = await access.restore(report, watched(readFrames({ bytes: createReadStream(file), name: file }), ({ offset }) => progress.to(offset)));
    progress.stop();
    if (options.json) print(context, { file, backup: report.id, ...restored });
    const { datapoints, anomalies, collections, leftOut, refused } = restored;
    note(context, `${datapoints} datapoints, ${anomalies} anomalies and ${collections} collections restored${leftOut > 0 ? `, ${leftOut} datapoints older than the retention left out` : ''}${refused > 0 ? `, ${refused} shapes refused by the index` : ''}`);
  } catch (error) {
    progress.stop();
    if (context.signal.aborted) throw new SkylarkError('restore-unfinished', `interrupted; run skylark db restore ${file} again, or begin with an empty store`, { cause: error });
    throw error;
  } finally {
    await access.close();
  }
}

async function toFile(file: string, bytes: AsyncIterable<Uint8Array>): Promise<BackupReport> {
  const part = `${file}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    const report = await checkBackup({ name: 'the backup', bytes: watched(bytes, async (chunk) => void (await handle.writeFile(chunk))) });
    await handle.sync();
    await handle.close();
    await rename(part, file);
    return report;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

async function toStdout({ stdout }: CommandContext, bytes: AsyncIterable<Uint8Array>): Promise<BackupReport> {
  const write = (chunk: Uint8Array): Promise<void> => new Promise((resolve, reject) => stdout.write(chunk, (error) => (error ? reject(error) : resolve())));
  return checkBackup({ name: 'the backup', bytes: watched(bytes, write) });
}

/** The same, one by one, each shown to somebody first. */
async function* watched<Item extends Frame | Uint8Array>(items: AsyncIterable<Item>, see: (item: Item) => Promise<void> | void): AsyncGenerator<Item> {
  for await (const item of items) {
    await see(item);
    yield item;
  }
}

function inWords({ totals, bytes }: BackupReport): string {
  return `${totals.datapoints} datapoints of ${totals.metrics} metrics, ${totals.anomalies} anomalies with ${totals.shapes} shapes, ${totals.collections} collections, ${totals.state} settings and other records in ${bytes} bytes`;
}
