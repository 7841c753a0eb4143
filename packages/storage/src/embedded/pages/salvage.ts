import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { syncFolder } from '../write-whole.js';
import { checkFile, type FileReport } from './check-file.js';

export const dataFile = 'data.mdb';
export const lockFile = 'lock.mdb';
const salvagedFolder = 'salvage';
const salvagedFile = 'data.mdb.salvaged';
const suspectFile = 'data.mdb.suspect';
const setAsidePrefix = 'data.mdb.damaged-';
/** Damaged files kept for whoever wants to look into them. */
const keptAside = 2;
const recordsPerTransaction = 5000;

/**
 * Writes every sound record of a data file with damaged pages into a new one, which takes its place; the damaged file is set aside. LMDB never sees the
 * damaged file. A kill anywhere leaves the one or the other in place.
 */
export async function salvage(folder: string): Promise<FileReport> {
  const copying = join(folder, salvagedFolder);
  rmSync(copying, { recursive: true, force: true });
  const copy = open<Uint8Array, Uint8Array>({ path: copying, noSubdir: false, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false, cache: false });
  let waiting: { key: Uint8Array; value: Uint8Array }[] = [];
  const flush = (): void => {
    copy.transactionSync(() => {
      // What is still referred to comes first and stays.
      for (const { key, value } of waiting) copy.putSync(key, value, { noOverwrite: true });
    });
    waiting = [];
  };
  const record = (key: Uint8Array, value: Uint8Array): void => {
    waiting.push({ key: Uint8Array.from(key), value: Uint8Array.from(value) });
    if (waiting.length >= recordsPerTransaction) flush();
  };
  const report = checkFile(join(folder, dataFile), { record, orphans: true });
  flush();
  await copy.close();
  renameSync(join(copying, dataFile), join(folder, salvagedFile));
  rmSync(copying, { recursive: true, force: true });
  renameSync(join(folder, dataFile), join(folder, `${setAsidePrefix}${nextNumber(folder)}`));
  finishSalvage(folder);
  rmSync(join(folder, suspectFile), { force: true });
  forgetOldest(folder);
  return report;
}

/** Notes that LMDB failed on a file whose pages look sound: the next start rewrites it. */
export function markSuspect(folder: string, reason: string): void {
  try {
    writeFileSync(join(folder, suspectFile), `${reason}\n`);
  } catch {
    // Nothing more can be done on this disk now; the same failure will come again.
  }
}

export const isSuspect = (folder: string): boolean => existsSync(join(folder, suspectFile));

/** Puts the salvaged file in place: also after a kill between the two renames. */
export function finishSalvage(folder: string): void {
  if (!existsSync(join(folder, dataFile)) && existsSync(join(folder, salvagedFile))) {
    rmSync(join(folder, lockFile), { force: true });
    renameSync(join(folder, salvagedFile), join(folder, dataFile));
    syncFolder(folder);
  }
  rmSync(join(folder, salvagedFile), { force: true });
}

function asideNumbers(folder: string): number[] {
  return readdirSync(folder).filter((name) => name.startsWith(setAsidePrefix)).map((name) => Number(name.slice(setAsidePrefix.length))).filter(Number.isInteger).sort((a, b) => a - b);
}

const nextNumber = (folder: string): number => (asideNumbers(folder).at(-1) ?? 0) + 1;

function forgetOldest(folder: string): void {
  for (const number of asideNumbers(folder).slice(0, -keptAside)) rmSync(join(folder, `${setAsidePrefix}${number}`), { force: true });
}
