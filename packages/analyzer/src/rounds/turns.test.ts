import { expect, it } from 'vitest';
import { createTurns } from './turns.js';

it('takes turns on one thing, none on another, and goes on after a failure', async () => {
  const turns = createTurns();
  const order: string[] = [];
  const work = (name: string, fails = false) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await Promise.resolve();
    await Promise.resolve();
    order.push(`${name} ends`);
    if (fails) throw new Error(name);
  };
  const results = await Promise.allSettled([turns(1, work('a', true)), turns(1, work('b')), turns(2, work('c'))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(order).toEqual(['a begins', 'c begins', 'a ends', 'c ends', 'b begins', 'b ends']);
});
