import { createAnalyzer, defaultAnalyzerSettings, type AnalyzerSettings } from '@skylark/analyzer';
import { createImporter } from '@skylark/importer';
import { type Plan, windowSeconds } from './plan.js';

/** The code under test: what ships, or a mutant of it. */
export interface Shipped {
  readonly createAnalyzer: typeof createAnalyzer;
  readonly createImporter: typeof createImporter;
}

export const shipped: Shipped = { createAnalyzer, createImporter };

/** Windows of an hour, so that a run costs little. */
export function settingsOf({ ensemble, screened }: Plan): AnalyzerSettings {
  return { ...defaultAnalyzerSettings, screened, ensemble: { ...defaultAnalyzerSettings.ensemble, ensemble, fullDuration: windowSeconds } };
}
