export { beginScan, scanDtw, scanEuclid, scratchBytes } from './scan';
export { boundPage, gatherBelow, sketchPage } from './sketch';
