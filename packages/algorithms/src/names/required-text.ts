import { globCharacters } from './glob.js';

/**
 * A text that every name a glob means must hold: its longest stretch outside sets and alternatives; '' where there is none.
 *
 * @example requiredByGlob('web.*.{cpu,load}.total') // '.total'
 */
export function requiredByGlob(glob: string): string {
  const runs: string[] = [''];
  let depth = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob[at]!;
    if (character === '[' && depth === 0) {
      const negated = glob[at + 1] === '!' || glob[at + 1] === '^';
      const end = glob.indexOf(']', at + (negated ? 3 : 2));
      if (end < 0) return '';
      at = end;
      runs.push('');
    } else if (character === '{') {
      depth += 1;
      runs.push('');
    } else if (character === '}' && depth > 0) {
      depth -= 1;
      runs.push('');
    } else if (depth > 0 || globCharacters.test(character)) runs.push('');
    else runs[runs.length - 1] += character;
  }
  return longest(runs);
}

/**
 * The same of a regular expression, cautiously: the longest stretch of plain letters at its top level, none of which is optional or repeated;
 * '' where alternatives, flags or anything else leaves room for doubt.
 *
 * @example requiredByRegex('^node-0012[0-9].*bytes') // 'node-0012'
 */
export function requiredByRegex(regex: string): string {
  if (regex.includes('(?')) return '';
  const runs: string[] = [''];
  let depth = 0;
  for (let at = 0; at < regex.length; at += 1) {
    const character = regex[at]!;
    const isEscape = character === '\\';
    const literal = isEscape ? (regex[at + 1] ?? '') : character;
    if (isEscape && (/[A-Za-z0-9]/.test(literal) || literal === '')) {
      // A class, an anchor, a code point, or \Q: what it is does not matter, what follows might.
      if (!/[dDsSwWbBAz]/.test(literal)) return '';
      at += 1;
      runs.push('');
    } else if (!isEscape && character === '[') {
      const end = endOfClass(regex, at);
      if (end < 0) return '';
      at = end;
      runs.push('');
    } else if (!isEscape && character === '|') {
      if (depth === 0) return '';
    } else if (!isEscape && character === '(') {
      depth += 1;
      runs.push('');
    } else if (!isEscape && character === ')') {
      depth -= 1;
      runs.push('');
    } else if (!isEscape && /[*?{+]/.test(character)) {
      // The letter before it need not be there, or is there once more.
      runs[runs.length - 1] = runs.at(-1)!.slice(0, -1);
      runs.push('');
      if (character === '{') {
        const end = regex.indexOf('}', at);
        if (end < 0) return '';
        at = end;
      }
    } else if (!isEscape && /[.^$}]/.test(character)) runs.push('');
    else {
      if (isEscape) at += 1;
      if (depth === 0) runs[runs.length - 1] += literal;
    }
  }
  return longest(runs);
}

function endOfClass(regex: string, start: number): number {
  if (regex.startsWith('[[:', start) || regex[start + 1] === ']' || regex.startsWith('[^]', start)) return -1;
  for (let at = start + 1; at < regex.length; at += 1) {
    if (regex[at] === '\\') at += 1;
    else if (regex[at] === '[') return -1;
    else if (regex[at] === ']') return at;
  }
  return -1;
}

function longest(runs: readonly string[]): string {
  return runs.reduce((best, run) => (run.length > best.length ? run : best), '');
}
