import { InvalidArgumentError } from 'commander';

/** An argument that is a whole number, 0 or more; anything else is wrong usage. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text.trim())) throw new InvalidArgumentError('a whole number, 0 or more');
  return Number(text);
}
