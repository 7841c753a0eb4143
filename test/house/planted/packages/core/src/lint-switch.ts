export function say(kind: 'a' | 'b'): string {
  switch (kind) {
    case 'a':
      return 'one';
  }
  return '';
}
