import { expect, it } from 'vitest';
import { severityOf } from './anomaly.js';
import { errorMessages, isSkylarkError, SkylarkError } from './errors.js';

it.each([[0, 'warning'], [24.9, 'warning'], [25, 'minor'], [50, 'major'], [74.9, 'major'], [75, 'critical'], [100, 'critical']])('a score of %d is %s', (score, severity) => expect(severityOf(score)).toBe(severity));

it('an error says its code, what it means and what it was about, and keeps its cause', () => {
  const cause = new Error('EACCES');
  const error = new SkylarkError('store-away', '/data', { cause });
  expect(error.message).toBe(`${errorMessages['store-away']}: /data`);
  expect(error.cause).toBe(cause);
  expect(isSkylarkError(error, 'store-away')).toBe(true);
  expect(isSkylarkError(error, 'store-full')).toBe(false);
  expect(isSkylarkError(cause)).toBe(false);
});
