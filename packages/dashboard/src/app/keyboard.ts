export type Command = 'next' | 'previous' | 'open' | 'back' | 'search' | 'similar' | 'acknowledge' | 'help';

/** What is shown on the help sheet, in its order. */
export const keySheet: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['j', '↓'], does: 'Next anomaly' },
  { keys: ['k', '↑'], does: 'Previous anomaly' },
  { keys: ['Enter'], does: 'Open its metric' },
  { keys: ['s'], does: 'Find look-alikes' },
  { keys: ['a'], does: 'Acknowledge, or take it back' },
  { keys: ['Esc'], does: 'Close, or go back' },
  { keys: ['/'], does: 'Search names' },
  { keys: ['?'], does: 'This sheet' },
];

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** Where the keys go: a field takes them all, a control (button, link, list) takes Enter and the arrows. */
  readonly target: 'page' | 'control' | 'field';
}

const commands: Readonly<Record<string, Command>> = {
  j: 'next', ArrowDown: 'next', k: 'previous', ArrowUp: 'previous', Enter: 'open', Escape: 'back', '/': 'search', s: 'similar', a: 'acknowledge', '?': 'help',
};
const keysOfControls = new Set(['Enter', 'ArrowDown', 'ArrowUp']);

/** The command a key press means, or null: keys typed into a field and combinations are left to the browser. */
export function commandOf({ key, ctrlKey, metaKey, altKey, target }: KeyPress): Command | null {
  if (ctrlKey || metaKey || altKey || target === 'field') return null;
  if (target === 'control' && keysOfControls.has(key)) return null;
  return Object.hasOwn(commands, key) ? (commands[key] ?? null) : null;
}
