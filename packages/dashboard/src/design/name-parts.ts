/** A name cut for display: joined again, the three are the name. */
export interface NameParts {
  /** Shared with its neighbours: dimmed. */
  readonly shared: string;
  /** May be shortened. */
  readonly middle: string;
  /** Always whole. */
  readonly end: string;
}

const longestEnd = 22;

/** What all names have in common at the beginning, up to and including the last dot, slash or semicolon; nothing for fewer than two names. */
export function sharedPrefix(names: readonly string[]): string {
  const [first] = names;
  if (first === undefined || names.length < 2) return '';
  let length = first.length;
  for (const name of names) {
    let same = 0;
    while (same < length && same < name.length && name[same] === first[same]) same++;
    length = same;
  }
  const common = first.slice(0, length);
  return common.slice(0, Math.max(common.lastIndexOf('.'), common.lastIndexOf('/'), common.lastIndexOf(';')) + 1);
}

/**
 * Cuts a name so that its middle can be shortened, never its end: the end is as many of the last segments as fit 22 letters.
 *
 * @example nameParts('demo.web.01.cpu', 'demo.') // { shared: 'demo.', middle: '', end: 'web.01.cpu' }
 */
export function nameParts(name: string, prefix = ''): NameParts {
  const shared = name.startsWith(prefix) && name.length > prefix.length ? prefix : '';
  const rest = name.slice(shared.length);
  if (rest.length <= longestEnd) return { shared, middle: '', end: rest };
  const tail = rest.slice(-longestEnd);
  const cut = tail.search(/[./;]/);
  const start = rest.length - longestEnd + (cut === -1 ? 0 : cut);
  const whole = isLowSurrogate(rest, start) ? start + 1 : start;
  return { shared, middle: rest.slice(0, whole), end: rest.slice(whole) };
}

function isLowSurrogate(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 0xdc00 && code <= 0xdfff;
}
