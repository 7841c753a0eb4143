import type { Kernels } from './kernels.js';
import { memoryViews } from './memory-views.js';
import { lagPage } from './plain-lag.js';
import { scanDtw, scanEuclid, startNearest } from './plain-scan.js';
import { boundPage, gatherBelow, sketchPage } from './plain-sketch.js';
import type { KernelMemory } from './web-assembly.js';

/** The kernels in TypeScript: one candidate at a time, in double precision. */
export function plainKernels(memory: KernelMemory): Kernels {
  const views = memoryViews(memory);
  return {
    scratchBytes: (_length, _radius, count) => 16 + 4 * Math.ceil(count / 4) * 4,
    sketchPage: (job, page) => sketchPage(views(), job, page),
    boundPage: (job, page, first) => boundPage(views(), job, page, first),
    gatherBelow: (bounds, count, limit, into) => gatherBelow(views(), bounds, { count, limit, into }),
    beginScan: (_job, scratch, seeds) => startNearest(views(), scratch, seeds),
    scanEuclid: (job, ids, count, scratch) => scanEuclid(views(), job, { ids, count, scratch }),
    scanDtw: (job, ids, count, scratch, straight) => scanDtw(views(), job, { ids, count, scratch, straight: straight !== 0 }),
    endScan: () => 0,
    lagScratchBytes: () => 16,
    lagPage: (job, page, first) => lagPage(views(), job, page, first),
  };
}
