const simpleEscapes = new Map([['\\', 0x5c], ["'", 0x27], ['"', 0x22], ['a', 7], ['b', 8], ['f', 12], ['n', 10], ['r', 13], ['t', 9], ['v', 11]]);

/**
 * The bytes of a Python 2 string literal as opcode STRING holds it (`'a\xc3\xbc'`), given as latin1; null when it is none.
 *
 * @example readStringLiteral("'a\\x62'")?.toString() // 'ab'
 */
export function readStringLiteral(literal: string): Buffer | null {
  const quote = literal[0];
  if (literal.length < 2 || (quote !== "'" && quote !== '"') || literal.at(-1) !== quote) return null;
  const inner = literal.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[^])/g, (whole, escape: string) => {
    if (escape.startsWith('x') && escape.length === 3) return String.fromCharCode(parseInt(escape.slice(1), 16));
    if (/^[0-7]/.test(escape)) return String.fromCharCode(parseInt(escape, 8) & 0xff);
    const code = simpleEscapes.get(escape);
    return code === undefined ? whole : String.fromCharCode(code);
  });
  return Buffer.from(inner, 'latin1');
}

/**
 * The text of opcode UNICODE, Python's raw-unicode-escape: latin1 with `\uXXXX` and `\UXXXXXXXX`; null when an escape is broken.
 *
 * @example readRawUnicode('\\u00fcb') // 'üb'
 */
export function readRawUnicode(latin1: string): string | null {
  if (/^(?:[^\\]|\\[^uU])*\\(?:u(?![0-9a-fA-F]{4})|U(?!00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}))/.test(latin1)) return null;
  return latin1.replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])/g, (whole, escape: string) => (/^[uU]./.test(escape) ? String.fromCodePoint(parseInt(escape.slice(1), 16)) : whole));
}
