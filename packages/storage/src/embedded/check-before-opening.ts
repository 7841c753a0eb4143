import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@skylark/core';
import type { DamagedRecord } from './damage-log.js';
import { checkFile } from './pages/check-file.js';
import { dataFile, finishSalvage, isSuspect, salvage } from './pages/salvage.js';

/** Up to this size the whole file is read at every start, at half a gigabyte a second or more; beyond it only its branch pages, a hundredth. */
const wholeFileBytes = 2 ** 30;
/** A folder whose owners died so often in a row is read whole, whatever its size: a damaged page may be what kills them. */
const suspiciousDeaths = 2;

export interface FileCheck {
  /** Records to set aside: their checksums do not fit. */
  readonly damaged: readonly DamagedRecord[];
  /** Problems of pages, for which the file was rewritten. */
  readonly pageProblems: number;
}

/** Finds damage before LMDB maps the file, which trusts it blindly; a file with damaged pages is replaced by a sound one with all that is left. */
export async function checkBeforeOpening(folder: string, { unfinished, logger }: { unfinished: number; logger: Logger }): Promise<FileCheck> {
  finishSalvage(folder);
  const path = join(folder, dataFile);
  if (!existsSync(path) || statSync(path).size === 0) return { damaged: [], pageProblems: 0 };
  const leaves = statSync(path).size <= wholeFileBytes || unfinished >= suspiciousDeaths;
  const { problems, damaged } = checkFile(path, { leaves });
  if (problems.length === 0 && !isSuspect(folder)) return { damaged, pageProblems: 0 };
  return mend(folder, problems, logger);
}

/** Rewrites the data file with all that is sound in it. */
export async function mend(folder: string, problems: readonly string[], logger: Logger): Promise<FileCheck> {
  logger.error('store.damaged-pages', { folder, problems: problems.slice(0, 5) });
  const report = await salvage(folder);
  logger.warn('store.salvaged', { folder, records: report.records, damagedRecords: report.damaged.length });
  return { damaged: report.damaged, pageProblems: Math.max(1, problems.length) };
}
