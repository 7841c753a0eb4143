export { lagPage, lagScratchBytes } from './lag';
export { beginScan, endScan, scanDtw, scanEuclid, scratchBytes } from './scan';
export { boundPage, gatherBelow, sketchPage } from './sketch';
