import { type LogFields, silentLogger } from '@skylark/core';
import { expect, it } from 'vitest';
import { createStopStack } from './stop-stack.js';

it('stops what was started last first, each before the next', async () => {
  const order: string[] = [];
  const stack = createStopStack(silentLogger);
  for (const name of ['store', 'api', 'listener']) {
    stack.push(name, async () => {
      await Promise.resolve();
      order.push(name);
    });
  }
  await stack.unwind();
  expect(order).toEqual(['listener', 'api', 'store']);
});

it('goes on after a part that fails, and says which', async () => {
  const errors: LogFields[] = [];
  const order: string[] = [];
  const stack = createStopStack({ ...silentLogger, error: (_, fields = {}) => void errors.push(fields) });
  stack.push('store', () => void order.push('store'));
  stack.push('api', () => Promise.reject(new Error('stuck')));
  stack.push('http', () => {
    throw new Error('closed');
  });
  await stack.unwind();
  expect(order).toEqual(['store']);
  expect(errors.map(({ part }) => part)).toEqual(['http', 'api']);
});

it('stops each part once, though asked twice at the same time', async () => {
  let stops = 0;
  const stack = createStopStack(silentLogger);
  stack.push('a', () => void stops++);
  stack.push('b', () => void stops++);
  await Promise.all([stack.unwind(), stack.unwind()]);
  expect(stops).toBe(2);
});
