export interface HostileName {
  readonly name: string;
  /** Whether a name of at most 1,024 bytes without control characters: kept exactly. The others are refused. Tags are another matter. */
  readonly usable: boolean;
}

const paths = ['../../etc/passwd', '..', '.', './a', '/', '/etc/shadow', '//', 'C:\\Windows\\system32', '\\\\host\\share', '..\\..\\a', 'a/../../b', '%2e%2e%2f', '....//', '~root', '~', 'CON', 'NUL.txt', 'a/b.c', 'file:///etc/passwd', '.git/config', '-rf', '--help', '-'];
const markup = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", '<svg/onload=alert(1)>', '&lt;b&gt;', '&amp;', '<!--', ']]>', '<a href="javascript:alert(1)">', '{{7*7}}', '${7*7}', '#{7*7}', '<%= 7 %>', '`id`', '$(id)', '%s%n%x', '%00', '<b>bold', 'javascript:alert(1)', 'data:text/html,x'];
const queries = ["' OR '1'='1", "'; DROP TABLE metrics; --", '" OR ""="', '1;SELECT pg_sleep(10)', 'UNION SELECT', '{"$gt":""}', '{"$where":"sleep(1)"}', '*) (uid=*', '*', '**', '?', '[', ']', '[a-z]', '{a,b}', '{', '}', 'a*b?c[d]', '(a+)+$', '^.*$', '/regex/', '/', '\\', '\\\\', 'a\\*b', '=exact', '!not', 'a|b', 'a&b', 'a;b=c', 'AND', 'OR NOT', 'a:b', 'metric:*', '_exists_:x', 'a~2', 'a^5', '+a -b', '"phrase"~3'];
const keys = ['metrics.a', 'L:3:28400000', '{3}', '{shard}', 'a{b}c', 'a}b{c', 'mini.a', 'metrics.unique_metrics', 'KEYS *', 'FLUSHALL', '$5', '*3', 'EVAL "return 1" 0', 'SET a b', 'a:b:c', ':', '::', '.', '..a', 'a..b', 'a.', '.a', '...'];
const prototypes = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__', '__lookupSetter__', 'isPrototypeOf', 'toJSON', 'then', 'length', 'name', 'arguments', 'caller', '__proto__.polluted', 'constructor.prototype', '__proto__[a]', 'undefined', 'null', 'NaN', 'Infinity', 'true', 'false', '0', '-1', '-0', '1e400', '[object Object]', 'function(){}'];
const unicode = ['ünï.cödé', '日本語.指標', 'метрика', 'מדד', 'مقياس', '\u202eevil\u202c', '\u200bzero', 'a\u200db', '\ufeffbom', 'a\u0301', '\u00e1', 'ﬁ', 'Å', 'Å', 'İ', 'ı', 'ß', 'ẞ', '😀', '👨‍👩‍👧', '🏳️‍🌈', '\u{1f600}.\u{10ffff}', '\ufffd', '\uffff', '\ufdd0', '\u{e0001}', '\u2028', '\u2029', '\u00a0', '\u3000', '\u2003', 'Ω', '𝕊𝕜𝕪', '\u0430dmin', 'a\u034fb', '\u1160', '\u{1d173}', 'z̴̡a̵l̶g̷o̸', '\u2066a\u2069', 'ſ'];
const spaces = [' ', '  ', ' a', 'a ', 'a b', 'a  b', ' a b ', 'with space.ok', 'a 1 2', 'metric 1 1700000000'];
const controls = ['\u0000', 'a\u0000b', '\u0000a', 'a\u0000', '\n', 'a\nb', 'a\r\nb', '\r', '\t', 'a\tb', '\u001b[31mred', '\u001b]0;title\u0007', '\u001b[2J', '\u0007', '\u0008', '\u007f', 'a\u007fb', '\u0085', 'a\u009bb', '\u009f', 'a\nSET x y', 'a 1 2\nb 1 2', 'HTTP/1.1 200 OK\r\n\r\n', '\u0001', '\u001f', '\u000b', '\u000c', '\u001c'];
const halves = ['\ud800', '\udfff', 'a\ud83d', '\ude00a', '\udc00\ud800', 'a\ud800b'];

/**
 * Names that have broken something somewhere: paths, markup, queries, keys of stores, names of prototypes, Unicode, spaces, control characters,
 * half surrogates, lengths. More than 300; each once.
 */
export function hostileNames(): HostileName[] {
  const long = [1023, 1024].map((length) => 'x'.repeat(length));
  const wide = ['é'.repeat(512), '日'.repeat(341), '😀'.repeat(256)];
  const tooLong = ['x'.repeat(1025), 'é'.repeat(513), '日'.repeat(342), '😀'.repeat(257), 'x'.repeat(65_535), 'x'.repeat(1_000_000)];
  const single = Array.from({ length: 0x5f }, (_, index) => String.fromCharCode(0x20 + index));
  const good = [paths, markup, queries, keys, prototypes, unicode, spaces, long, wide, single].flat();
  const bad = [...controls, ...halves, ...tooLong, ''];
  return [...[...new Set(good)].map((name) => ({ name, usable: true })), ...[...new Set(bad)].map((name) => ({ name, usable: false }))];
}
