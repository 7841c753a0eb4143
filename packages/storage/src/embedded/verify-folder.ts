import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { blockSpan, decodeBlock } from '@skylark/algorithms';
import { SkylarkError } from '@skylark/core';
import { ownerOf } from './folder-lock.js';
import { kinds, type Kind } from './keys.js';
import { checkFile } from './pages/check-file.js';
import { dataFile } from './pages/salvage.js';
import { readLogRecord } from '../series/log-record.js';
import { readFormat } from './store-format.js';

export interface FolderReport {
  readonly folder: string;
  /** Nothing is damaged. Records that were set aside earlier are no damage any more. */
  readonly ok: boolean;
  readonly format: number | null;
  readonly shards: number | null;
  readonly records: number;
  readonly damagedRecords: number;
  /** What is wrong with pages; the next start would rewrite the file without them. */
  readonly problems: readonly string[];
  /** Damaged records that are kept aside since they were found. */
  readonly setAside: number;
  readonly bytes: number;
}

/**
 * Reads a folder that nobody runs, whole, without LMDB and without writing: pages, order of keys, checksums, and every block and log record decoded.
 * It says what the next start will find; that start mends what can be mended.
 *
 * @throws SkylarkError `store-in-use`, `store-newer`; `bad-request` when there is no store
 */
export async function verifyFolder(folder: string): Promise<FolderReport> {
  const path = checkIdle(folder);
  const format = readFormat(folder);
  let setAside = 0;
  let undecodable = 0;
  const report = checkFile(path, {
    record: (key, value) => {
      if (key[0] === kinds.damaged) setAside += 1;
      if (!decodes(key, value.subarray(0, -4))) undecodable += 1;
    },
  });
  const damagedRecords = report.damaged.length + undecodable;
  return {
    folder, ok: damagedRecords === 0 && report.problems.length === 0 && format !== null, format: format?.format ?? null, shards: format?.shards ?? null,
    records: report.records - undecodable, damagedRecords, problems: format ? report.problems : [...report.problems, 'format.json is missing or damaged'], setAside, bytes: report.bytes,
  };
}

export interface FolderStats {
  readonly folder: string;
  readonly shards: number | null;
  readonly metrics: number;
  /** Datapoints in blocks, and in the log that is not sealed yet (there the same one may be counted twice). */
  readonly sealedDatapoints: number;
  readonly loggedDatapoints: number;
  /** Bytes of the sealed datapoints' blocks, keys included, each. */
  readonly bytesPerSealedDatapoint: number | null;
  readonly anomalies: number;
  readonly bytes: number;
  readonly freeBytes: number;
  /** Records and bytes (keys and values) by kind of record. */
  readonly kinds: Readonly<Record<string, { records: number; bytes: number }>>;
}

/** What a folder that nobody runs holds. Throws as `verifyFolder`. */
export async function folderStats(folder: string): Promise<FolderStats> {
  const path = checkIdle(folder);
  const byKind = new Map<number, { records: number; bytes: number }>();
  let sealedDatapoints = 0;
  let loggedDatapoints = 0;
  const report = checkFile(path, {
    record: (key, value) => {
      const kind = byKind.get(key[0]!) ?? { records: 0, bytes: 0 };
      byKind.set(key[0]!, { records: kind.records + 1, bytes: kind.bytes + key.length + value.length });
      if (key[0] === kinds.block) sealedDatapoints += decodes(key, value.subarray(0, -4)) ? blockSpan(value.subarray(0, -4)).count : 0;
      if (key[0] === kinds.log) loggedDatapoints += readLogRecord(value.subarray(0, -4))?.count ?? 0;
    },
  });
  const count = (kind: Kind): number => byKind.get(kind)?.records ?? 0;
  const blockBytes = byKind.get(kinds.block)?.bytes ?? 0;
  return {
    folder, shards: readFormat(folder)?.shards ?? null, metrics: count(kinds.name), sealedDatapoints, loggedDatapoints,
    bytesPerSealedDatapoint: sealedDatapoints > 0 ? blockBytes / sealedDatapoints : null, anomalies: count(kinds.anomaly),
    bytes: report.bytes, freeBytes: report.freePages * (report.bytes / Math.max(1, report.pages)),
    kinds: Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, byKind.get(kind) ?? { records: 0, bytes: 0 }])),
  };
}

function checkIdle(folder: string): string {
  const path = join(folder, dataFile);
  if (!existsSync(path)) throw new SkylarkError('bad-request', `${folder} holds no store`);
  const owner = ownerOf(folder);
  if (owner !== null) throw new SkylarkError('store-in-use', `${folder} is used by process ${owner}`);
  return path;
}

function decodes(key: Uint8Array, payload: Uint8Array): boolean {
  try {
    if (key[0] === kinds.block) decodeBlock(payload);
    return key[0] !== kinds.log || readLogRecord(payload) !== undefined;
  } catch {
    return false;
  }
}
