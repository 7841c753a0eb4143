import { compileMatcher, compileRules, defaultEnsembleSettings, type DetectionRule, type EnsembleSettings, type StreamSettings } from '@skylark/algorithms';
import { defaultLifeSettings, type LifeSettings } from './life/life-settings.js';
import { type MetricRules, rulesOf as streamRulesOf } from './streams/stream-context.js';
import { utcOffsetOf } from './streams/utc-offset.js';

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
  /** IANA zone in which the metrics' days and weeks begin, for the ensemble `default`; null: UTC. */
  readonly timeZone: string | null;
  /** How much of what is stored the ensemble `default` goes through when it sees a metric for the first time. */
  readonly historySeconds: number;
  /** Whether a screen may spare the nine the reading of windows; only where the store keeps datapoints for as long as the window is. */
  readonly screened: boolean;
}

/** With the nine, as `defaultEnsembleSettings` has it; which ensemble judges in a product is for its settings to say. */
export const defaultAnalyzerSettings: AnalyzerSettings = {
  ensemble: defaultEnsembleSettings,
  rules: [],
  intervalSeconds: 60,
  openAt: 25,
  quietSeconds: null,
  reopenSeconds: null,
  stoppedSeconds: null,
  timeZone: null,
  historySeconds: 14 * 86_400,
  screened: true,
};

/** What Skylark writes of itself. */
export const ownPrefix = 'skylark.';

/** The settings as the judge and the life cycle take them; made once, then asked per metric. */
export interface CompiledSettings {
  readonly windowSeconds: number;
  readonly intervalSeconds: number;
  readonly life: LifeSettings;
  readonly ensemble: EnsembleSettings['ensemble'];
  /** The ensemble's settings of a metric under the rules. */
  readonly ensembleOf: (metric: string) => EnsembleSettings;
  /**
   * False for `skylark.*`: figures of the judge are no independent witness of it, and its bursts at every start would be the first alarms
   * people see. A rule whose `match` begins with `skylark.` has those judged that it matches.
   */
  readonly isJudged: (metric: string) => boolean;
  /** True: it is judged datapoint by datapoint. False: by its window, as under the nine, and where a rule names the detectors or the consensus. */
  readonly isStreamed: (metric: string) => boolean;
  readonly streamRules: (metric: string) => MetricRules;
  readonly streamSettings: StreamSettings;
  /** What of the settings a state depends on: states kept under another key are rebuilt. */
  readonly streamKey: string;
  readonly historySeconds: number;
  readonly isScreened: boolean;
}

/** @throws SkylarkError bad-pattern, bad-config naming the rule or the time zone */
export function compileSettings({ ensemble, rules, intervalSeconds, openAt, quietSeconds, reopenSeconds, stoppedSeconds, timeZone, historySeconds, screened }: AnalyzerSettings): CompiledSettings {
  const rulesOf = compileRules(rules);
  const own = rules.filter(({ match }) => match.startsWith(ownPrefix)).map(({ match }) => compileMatcher(match));
  const openFrom = ensemble.ensemble === 'default' ? openAt : 0;
  const ensembleOf = rules.length === 0 ? () => ensemble : (metric: string) => ({ ...ensemble, ...rulesOf(metric) });
  const streams = ensemble.ensemble === 'default' && ensemble.detectors === null;
  return {
    windowSeconds: ensemble.fullDuration,
    intervalSeconds,
    life: { ...defaultLifeSettings, openAt: openFrom, quietSeconds, reopenSeconds, stoppedSeconds, secondOrder: ensemble.secondOrder },
    ensemble: ensemble.ensemble,
    ensembleOf,
    isJudged: (metric) => !metric.startsWith(ownPrefix) || own.some((matches) => matches(metric)),
    isStreamed: rules.length === 0 ? () => streams : (metric) => streams && !namesDetectors(rulesOf(metric)),
    streamRules: rules.length === 0 ? () => null : (metric) => streamRulesOf(ensembleOf(metric)),
    streamSettings: { utcOffset: timeZone === null ? null : utcOffsetOf(timeZone) },
    streamKey: timeZone ?? 'UTC',
    historySeconds,
    isScreened: screened && ensemble.ensemble === 'nine',
  };
}

const namesDetectors = ({ detectors, consensus }: Partial<EnsembleSettings>): boolean => detectors !== undefined || consensus !== undefined;
