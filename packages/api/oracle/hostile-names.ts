/** Names that have broken programs before, each a valid metric's name: no control characters, at most 1,024 bytes. */
export const hostileNames: readonly string[] = [
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__', 'null', 'undefined', 'NaN', 'true', '0', '-1', 'length'],
  ...['../../etc/passwd', '..', '.', './a', 'a/../b', '/', '//', '/etc/passwd', 'a/b/c', 'C:\\Windows', '\\\\host\\share', 'a\\b', '%2e%2e%2f', '%00', '%', '%zz', '100%', 'a%20b'],
  ...['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'; DROP TABLE metrics; --", '${7*7}', '{{7*7}}', '<!--', '</script>', 'javascript:alert(1)', '&lt;b&gt;', '&', "'", '"', '`'],
  ...['*', '?', '[', ']', '{', '}', '[a-z]', '{a,b}', 'web.*', '/regex/', '/(a+)+$/', '=name', '=', '==', '~tilde', '^caret', '$dollar', '(', ')', '|', 'a|b', '\\d+', '.*'],
  ...['with space', ' leading', 'trailing ', '  ', ' ', 'a  b', 'a+b', '+', 'a=b', 'a=b&c=d', '&metric=x', '?metric=x', '#fragment', 'a#b', 'a;b', 'cpu;host=web-1;dc=eu', ';', ':', 'a:b:c', '@', '!', ','],
  ...['é', 'e\u0301', 'ß', 'İ', 'ı', 'ﬀ', '日本語', 'Ω≈ç√', 'مرحبا', 'שלום', '\u202eevil', '\u200bzero', '\ufeffbom', '👩‍👩‍👧‍👦', '🚀', '𝕏', 'a\u0308\u0323', '\u2028', '\u2029', '\u00a0', '\ufffd', '\u{10ffff}'],
  ...['.', '..a', 'a..b', 'a.', '.a', '...', 'a'.repeat(1024), 'é'.repeat(512), 'a.'.repeat(512), '日'.repeat(341), '%'.repeat(300)],
  ...['skylark', 'skylark.fake', 'metrics.fake', 'api', 'GET / HTTP/1.1', 'Host: evil', 'data: x', 'id: 7', 'event: resync', '[1,2]', '{"a":1}', '-0', '1e400', '0x10', '=cmd|calc', '@SUM(1)', '-2+3'],
];
