import { defaultEnsembleSettings, type DetectionRule } from '@skylark/algorithms';
import { type AnalyzerSettings, defaultAnalyzerSettings } from '@skylark/analyzer';
import { loadConfig } from '../config/load-config.js';
import { type Config, settingNames } from '../config/settings.js';

/** The analyzer's settings from the public ones. */
export function analyzerSettings(config: Config): AnalyzerSettings {
  return {
    ...defaultAnalyzerSettings,
    ensemble: {
      ...defaultEnsembleSettings,
      ensemble: config['analyzer.ensemble'],
      dialect: config['analyzer.dialect'],
      consensus: config['analyzer.consensus'],
      fullDuration: config['analyzer.window'],
      stalePeriod: config['analyzer.stalePeriod'],
      minTolerableLength: config['analyzer.minTolerableLength'],
      maxTolerableBoredom: config['analyzer.maxTolerableBoredom'],
      boredomSetSize: config['analyzer.boredomSetSize'],
      secondOrder: config['analyzer.secondOrder'],
    },
    rules: config['analyzer.rules'].map(definedOnly),
    intervalSeconds: config['analyzer.interval'],
    openAt: config['analyzer.openAt'],
    quietSeconds: config['analyzer.quietTime'] ?? null,
    reopenSeconds: config['analyzer.reopenWithin'] ?? null,
    stoppedSeconds: config['analyzer.stoppedAfter'] ?? null,
    timeZone: config['analyzer.timeZone'] ?? null,
    screened: config['store.retention'] === null || config['store.retention'] >= config['analyzer.window'],
  };
}

/** A rule without the keys nobody wrote: absent and undefined are not the same to its reader. */
function definedOnly(rule: Config['analyzer.rules'][number]): DetectionRule {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as unknown as DetectionRule;
}

/**
 * The settings in force, with what somebody gave for one replay by the names of the section `analyzer` (`consensus: 5`).
 *
 * @throws SkylarkError bad-config, naming what is not usable
 */
export function overriddenSettings(config: Config, given: Readonly<Record<string, unknown>> | undefined): AnalyzerSettings {
  if (given === undefined) return analyzerSettings(config);
  const flags = Object.fromEntries(Object.entries(given).map(([name, value]) => [`analyzer.${name}`, { value, flag: 'settings' }]));
  const { config: theirs, origins } = loadConfig({ environment: {}, readFile: () => '', flags });
  const changed = settingNames.filter((name) => origins.get(name) === 'settings').map((name) => [name, theirs[name]]);
  return analyzerSettings({ ...config, ...Object.fromEntries(changed) } as Config);
}
