import { SkylarkError } from '@skylark/core';
import { type Frame, type FrameSource, readFrames } from './frames.js';
import { type BackupHeader, backupHeader, type BackupTotals, backupTotals, fromJson } from './payloads.js';

/** What a whole backup says of itself. */
export interface BackupReport extends BackupHeader {
  readonly totals: BackupTotals;
  readonly bytes: number;
}

/**
 * Reads a backup to its end: every part's checksum, that it begins with a header and ends with an end.
 *
 * @throws SkylarkError bad-backup with the offset, store-newer
 */
export async function checkBackup(source: FrameSource): Promise<BackupReport> {
  let header: BackupHeader | null = null;
  let totals: BackupTotals | null = null;
  let bytes = 0;
  const bad = (what: string, { offset }: { offset: number }): SkylarkError => new SkylarkError('bad-backup', `${source.name} ${what} at byte ${offset}`);
  for await (const frame of readFrames(source)) {
    bytes = frame.offset + frame.bytes.length;
    if (totals !== null) throw bad('goes on behind its end', frame);
    if (header === null) header = headerOf(frame, source.name);
    else if (frame.kind === 'header') throw bad('begins again', frame);
    if (frame.kind === 'end') totals = backupTotals.parse(fromJson(frame.payload));
  }
  if (header === null || totals === null) throw new SkylarkError('bad-backup', `${source.name} has no end: it stops at byte ${bytes}, after a whole part`);
  return { ...header, totals, bytes };
}

/** @throws SkylarkError bad-backup */
export function headerOf({ kind, payload, offset }: Frame, name: string): BackupHeader {
  const parsed = kind === 'header' ? backupHeader.safeParse(fromJson(payload)) : null;
  if (parsed?.success !== true) throw new SkylarkError('bad-backup', `${name} does not begin with a header at byte ${offset}`);
  return parsed.data;
}
