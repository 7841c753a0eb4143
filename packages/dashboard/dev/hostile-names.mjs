// Names somebody may send on purpose. None of them may run, nest or turn anything around.
const payloads = [
  '<script>window.hacked=1</script>', '<img src=x onerror=window.hacked=1>', '"><svg onload=window.hacked=1>', "' onmouseover='window.hacked=1", 'javascript:window.hacked=1', '{{constructor.constructor("window.hacked=1")()}}',
  '${window.hacked=1}', '<iframe srcdoc="<script>parent.hacked=1</script>">', '<style>*{display:none}</style>', '</title><script>window.hacked=1</script>', '&lt;b&gt;&#60;i&#62;', '<math><mtext></p><a href="javascript:hacked=1">x',
  '\u202egnp.evil', '\u2066a\u2069\u200bb', 'a/b/../../c', '..', '.', '%2e%2e%2f', '%00', '?query=1#hash', 'a;b=c;d=e f', '  two  spaces  ', '__proto__', 'constructor', 'toString', '日本語.メトリック', '🦜.🐤', 'é́́́́́́́́́́', '=exact', '/regex/', '*glob*', '\\', '"', "'", '`', 'A'.repeat(500),
];
export const hostileNames = Array.from({ length: 300 }, (_, i) => (i < payloads.length ? payloads[i] : `${payloads[i % payloads.length]}.${i}`));
