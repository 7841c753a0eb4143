export { createImporter } from './importer.js';
export type { Importer, ImporterOptions } from './importer.js';
export { createLiveImporter, liveGeneration } from './live-importer.js';
export type { LiveImport, LiveImporter, LiveImporterOptions } from './live-importer.js';
export { shapeDocument } from './shape-document.js';
