import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  /** As mount's `size=`. */
  grow(size: string): void;
  unmount(): void;
}

const mount = (...options: string[]): boolean => spawnSync('mount', options, { stdio: 'ignore' }).status === 0;

/** A tmpfs of a given size; null where that is not allowed (it needs root). */
export function mountSmallDisk(size: string): SmallDisk | null {
  if (process.getuid?.() !== 0) return null;
  const path = mkdtempSync(join(tmpdir(), 'skylark-disk-'));
  if (!mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path)) {
    rmSync(path, { recursive: true });
    return null;
  }
  return {
    path,
    grow: (larger) => void mount('-o', `remount,size=${larger}`, path),
    unmount() {
      spawnSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
