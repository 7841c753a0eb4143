import { SkylarkError } from '@skylark/core';

/** What makes a pattern a glob. */
export const globCharacters = /[*?[{]/;

/**
 * A glob as a regular expression for a whole name. `*` any run of characters, dots too; `?` one character; `[abc]`, `[a-z]`, `[!a]`
 * one of a set; `{a,b}` alternatives, which may nest and hold globs. There is no escape: `[*]` is a star. Throws `bad-pattern`.
 *
 * @example globToRegex('web?.{cpu,load}.*') // 'web.\\.(?:cpu|load)\\..*'
 */
export function globToRegex(glob: string): string {
  let out = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob[at]!;
    if (character === '*') out += '.*';
    else if (character === '?') out += '.';
    else if (character === '[') {
      const end = endOfSet(glob, at);
      out += setToRegex(glob.slice(at + 1, end));
      at = end;
    } else if (character === '{') {
      depth += 1;
      out += '(?:';
    } else if (character === '}' && depth > 0) {
      depth -= 1;
      out += ')';
    } else if (character === ',' && depth > 0) out += '|';
    else out += literal(character);
  }
  if (depth > 0) throw new SkylarkError('bad-pattern', `${glob}: a { is never closed`);
  return out;
}

/**
 * The texts that every name begins and ends with that a glob means: what stands before its first and after its last character with a meaning.
 *
 * @example literalEnds('web.*.{cpu,load}.total') // ['web.', '.total']
 */
export function literalEnds(glob: string): [first: string, last: string] {
  const from = glob.search(globCharacters);
  return from < 0 ? [glob, glob] : [glob.slice(0, from), /[^*?\]}]*$/.exec(glob)![0]];
}

/** A `]` right after the bracket (or its `!`) stands for itself. */
function endOfSet(glob: string, start: number): number {
  const negated = glob[start + 1] === '!' || glob[start + 1] === '^';
  const end = glob.indexOf(']', start + (negated ? 3 : 2));
  if (end < 0) throw new SkylarkError('bad-pattern', `${glob}: a [ is never closed`);
  return end;
}

function setToRegex(members: string): string {
  const negated = members.startsWith('!') || members.startsWith('^');
  const body = (negated ? members.slice(1) : members).replace(/[\\[\]^]/g, '\\$&');
  return `[${negated ? '^' : ''}${body}]`;
}

const literal = (character: string): string => character.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
