export { openEmbedded } from './open-embedded.js';
export type { OpenEmbeddedOptions } from './open-embedded.js';
