export { createImporter } from './importer.js';
export type { Importer, ImporterOptions } from './importer.js';
export { shapeDocument } from './shape-document.js';
