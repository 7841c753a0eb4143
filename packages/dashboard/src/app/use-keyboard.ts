import { useEffect, useRef } from 'react';
import { type Command, commandOf, type KeyPress } from './keyboard.js';

/** Answers false when it had nothing to do, so that the key goes on to its usual work. */
export type CommandHandler = () => boolean | void;

/** Runs the handler of a pressed key's command. Not while a dialog is open: it has its own keys. */
export function useKeyboard(handlers: Partial<Record<Command, CommandHandler>>): void {
  const current = useRef(handlers);
  useEffect(() => {
    current.current = handlers;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
      const { key, ctrlKey, metaKey, altKey } = event;
      const command = commandOf({ key, ctrlKey, metaKey, altKey, target: targetOf(event.target) });
      const handler = command && current.current[command];
      if (handler && handler() !== false) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

function targetOf(target: EventTarget | null): KeyPress['target'] {
  if (!(target instanceof HTMLElement)) return 'page';
  if (target.isContentEditable || target.matches('textarea, input:not([type=checkbox], [type=radio]), select')) return 'field';
  // A row of the list is walked with the arrows while it has the focus, so its link counts as the page there.
  if (target.matches('[data-walks]')) return 'page';
  return target.matches('a[href], button, summary, input') ? 'control' : 'page';
}
