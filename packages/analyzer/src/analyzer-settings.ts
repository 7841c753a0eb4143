import { compileMatcher, compileRules, defaultEnsembleSettings, type DetectionRule, type EnsembleSettings } from '@skylark/algorithms';
import { defaultLifeSettings, type LifeSettings } from './life/life-settings.js';

/** The section `analyzer` of the settings, resolved. */
export interface AnalyzerSettings {
  /** `fullDuration` is the window that is read, too. */
  readonly ensemble: EnsembleSettings;
  readonly rules: readonly DetectionRule[];
  /** Length of a slot. */
  readonly intervalSeconds: number;
  /** Lowest score that opens an anomaly under the ensemble `default`; the nine's word is enough. */
  readonly openAt: number;
  readonly quietSeconds: number | null;
  readonly reopenSeconds: number | null;
  readonly stoppedSeconds: number | null;
}

export const defaultAnalyzerSettings: AnalyzerSettings = {
  ensemble: defaultEnsembleSettings,
  rules: [],
  intervalSeconds: 60,
  openAt: 25,
  quietSeconds: null,
  reopenSeconds: null,
  stoppedSeconds: null,
};

/** What Skylark writes of itself. */
export const ownPrefix = 'skylark.';

/** The settings as the judge and the life cycle take them; made once, then asked per metric. */
export interface CompiledSettings {
  readonly windowSeconds: number;
  readonly intervalSeconds: number;
  readonly life: LifeSettings;
  /** The ensemble's settings of a metric under the rules. */
  readonly ensembleOf: (metric: string) => EnsembleSettings;
  /**
   * False for `skylark.*`: figures of the judge are no independent witness of it, and its bursts at every start would be the first alarms
   * people see. A rule whose `match` begins with `skylark.` has those judged that it matches.
   */
  readonly isJudged: (metric: string) => boolean;
}

/** @throws SkylarkError bad-pattern, bad-config naming the rule */
export function compileSettings({ ensemble, rules, intervalSeconds, openAt, quietSeconds, reopenSeconds, stoppedSeconds }: AnalyzerSettings): CompiledSettings {
  const rulesOf = compileRules(rules);
  const own = rules.filter(({ match }) => match.startsWith(ownPrefix)).map(({ match }) => compileMatcher(match));
  const openFrom = ensemble.ensemble === 'default' ? openAt : 0;
  return {
    windowSeconds: ensemble.fullDuration,
    intervalSeconds,
    life: { ...defaultLifeSettings, openAt: openFrom, quietSeconds, reopenSeconds, stoppedSeconds, secondOrder: ensemble.secondOrder },
    ensembleOf: rules.length === 0 ? () => ensemble : (metric) => ({ ...ensemble, ...rulesOf(metric) }),
    isJudged: (metric) => !metric.startsWith(ownPrefix) || own.some((matches) => matches(metric)),
  };
}
