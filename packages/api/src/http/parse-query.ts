import { Problem } from './problem.js';

/**
 * The parameters of a URL, decoded exactly: `+` is a space, escapes must be UTF-8, a name may come once. Every key is an own property, `__proto__` too.
 *
 * @throws Problem bad-request
 * @example parseQuery('/api?metric=a%20b%3Bc') // { metric: 'a b;c' }
 */
export function parseQuery(url: string): Record<string, string> {
  const start = url.indexOf('?');
  const parameters = new Map<string, string>();
  for (const part of start < 0 ? [] : url.slice(start + 1).split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (parameters.has(name)) throw new Problem('bad-request', `the parameter ${JSON.stringify(name)} is given twice`);
    parameters.set(name, equals < 0 ? '' : decode(part.slice(equals + 1)));
  }
  return Object.fromEntries(parameters);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new Problem('bad-request', `${JSON.stringify(text.slice(0, 100))} in the query is not percent-encoded UTF-8 (a % is written %25)`, { cause });
  }
}
