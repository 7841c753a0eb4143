export { beginScan, scanDtw, scanEuclid, scratchBytes } from './scan';
export { boundPage, sketchPage } from './sketch';
