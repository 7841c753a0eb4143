export { openEmbedded } from './open-embedded.js';
export type { OpenEmbeddedOptions } from './open-embedded.js';
export { folderStats, verifyFolder } from './verify-folder.js';
export type { FolderReport, FolderStats } from './verify-folder.js';
