import { SkylarkError } from '@skylark/core';
import type { NameMatcher } from '@skylark/core';
import { RE2JS } from 're2js';
import { globCharacters, globToRegex, literalEnds } from './glob.js';

/** Longest glob or regex, in characters. */
export const maxPatternLength = 256;

/** Most instructions a pattern may compile to: the work on a name is at most this times its length. `(\pL{31}){31}` is over it. */
const maxProgramSize = 1000;

/**
 * Compiles what people write for names: `/re/` a regular expression that is found anywhere in the name (RE2 syntax; `/re/i` ignores
 * case), else with one of `* ? [ {` a glob over the whole name, where `*` crosses dots, else the exact name. Matching takes time
 * linear in the name for every pattern. Throws `bad-pattern`, saying what is wrong.
 *
 * @example compileMatcher('web*.{cpu,load}')('web1.dc2.cpu') // true
 */
export function compileMatcher(pattern: string): NameMatcher {
  if (isRegex(pattern)) return compileRegex(pattern);
  if (globCharacters.test(pattern)) return compileGlob(pattern);
  return (metric) => metric === pattern;
}

/** One matcher for a list: a name that any of them means. Of an empty list: none. */
export function compileMatchers(patterns: readonly string[]): NameMatcher {
  const matchers = patterns.map(compileMatcher);
  return (metric) => matchers.some((matches) => matches(metric));
}

/** Whether a pattern is written as `/re/` or `/re/i`. */
export function isRegex(pattern: string): boolean {
  return /^\/[^]+\/i?$/.test(pattern);
}

/** A matcher of `/re/` or `/re/i`. */
export function compileRegex(pattern: string): NameMatcher {
  const end = pattern.lastIndexOf('/');
  const compiled = compile(pattern, pattern.slice(1, end), pattern.endsWith('i') ? RE2JS.CASE_INSENSITIVE : 0);
  return (metric) => compiled.test(metric);
}

/** A matcher of a glob; a text without any of its characters means itself. */
export function compileGlob(pattern: string): NameMatcher {
  const compiled = compile(pattern, `^(?:${globToRegex(pattern)})$`, RE2JS.DOTALL);
  const [first, last] = literalEnds(pattern);
  return (metric) => metric.startsWith(first) && metric.endsWith(last) && compiled.test(metric);
}

function compile(pattern: string, regex: string, flags: number): RE2JS {
  if (pattern.length > maxPatternLength) throw new SkylarkError('bad-pattern', `it has ${pattern.length} characters, ${maxPatternLength} are allowed`);
  const compiled = parse(pattern, regex, flags);
  if (compiled.programSize() > maxProgramSize) throw new SkylarkError('bad-pattern', `${pattern}: its repetitions multiply to too much work`);
  return compiled;
}

function parse(pattern: string, regex: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(regex, flags);
  } catch (error) {
    throw new SkylarkError('bad-pattern', `${pattern}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
