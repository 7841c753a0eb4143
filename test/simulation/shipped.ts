import { createAnalyzer, defaultAnalyzerSettings, type AnalyzerSettings } from '@skylark/analyzer';
import { createImporter } from '@skylark/importer';
import { windowSeconds } from './plan.js';

/** The code under test: what ships, or a mutant of it. */
export interface Shipped {
  readonly createAnalyzer: typeof createAnalyzer;
  readonly createImporter: typeof createImporter;
}

export const shipped: Shipped = { createAnalyzer, createImporter };

/** Windows of an hour, so that a run costs little. */
export const settings: AnalyzerSettings = { ...defaultAnalyzerSettings, ensemble: { ...defaultAnalyzerSettings.ensemble, fullDuration: windowSeconds } };
