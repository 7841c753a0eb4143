import { SkylarkError, isSkylarkError } from '@skylark/core';
import { compileMatcher } from '../../names/compile-matcher.js';
import { rejectUnknownDetectors } from './ensemble-settings.js';
import type { Direction, EnsembleSettings } from './ensemble-settings.js';

/** What someone wants otherwise for some metrics: an entry of the setting `analyzer.rules`. */
export interface DetectionRule {
  /** A glob, a /regex/ or an exact name; see `compileMatcher`. */
  readonly match: string;
  /** The detectors that vote; without a `consensus` beside it, the ensemble's, or all of them if they are fewer. */
  readonly detectors?: readonly string[] | undefined;
  readonly consensus?: number | undefined;
  readonly direction?: Direction | undefined;
  readonly minAbsolute?: number | undefined;
  readonly minRelative?: number | undefined;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** What the rules change for a metric; `{}` if none is about it. */
export type RuleLookup = (metric: string) => Partial<EnsembleSettings>;

/**
 * Compiles rules once. The first rule that matches a name is the one that holds, alone: write the special before the general.
 * Throws `bad-pattern` or `bad-config`, naming the rule by its number from 1.
 *
 * @example
 * const settingsOf = compileRules([{ match: '*.latency', direction: 'up', minAbsolute: 5 }]);
 * judge(series, now, { ...defaultEnsembleSettings, ...settingsOf(series.metric) });
 */
export function compileRules(rules: readonly DetectionRule[]): RuleLookup {
  const compiled = rules.map((rule, index) => {
    try {
      return { matches: compileMatcher(rule.match), settings: settingsOf(rule) };
    } catch (error) {
      if (!isSkylarkError(error)) throw error;
      throw new SkylarkError(error.code, `rule ${index + 1} (${rule.match}): ${error.detail}`, { cause: error });
    }
  });
  return (metric) => compiled.find(({ matches }) => matches(metric))?.settings ?? {};
}

function settingsOf({ match: _match, ...rule }: DetectionRule): Partial<EnsembleSettings> {
  rejectUnknownDetectors(rule.detectors ?? []);
  if (rule.low !== undefined && rule.high !== undefined && rule.low > rule.high) throw new SkylarkError('bad-config', `low ${rule.low} is above high ${rule.high}`);
  return Object.fromEntries(Object.entries(rule).filter(([, setting]) => setting !== undefined));
}
