import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';

const probeBytes = 256 * 1024;

/**
 * Why a commit failed: the library says EIO for a full disk as well (a short write), so the disk itself is asked, by its free space
 * and by writing and syncing a small file.
 */
export async function whyWritesFail(folder: string, cause: unknown): Promise<'full' | 'failed'> {
  if (isFull(cause)) return 'full';
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < probeBytes * 4) return 'full';
    await writeAndSync(folder);
    return 'failed';
  } catch (error) {
    return isFull(error) ? 'full' : 'failed';
  }
}

async function writeAndSync(folder: string): Promise<void> {
  const probe = await mkdtemp(join(folder, '.probe-'));
  try {
    const file = await open(join(probe, 'file'), 'w');
    try {
      await file.write(Buffer.alloc(probeBytes));
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || /no space left|quota exceeded/i.test(message);
}

/** EIO: the disk's doing. Anything else that ends a commit (an error of LMDB's own, an impossible position) is the data file's. */
export function isDiskError(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === 5;
}
