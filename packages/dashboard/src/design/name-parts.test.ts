import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameParts, sharedPrefix } from './name-parts.js';

describe('sharedPrefix', () => {
  it('ends at a boundary', () => {
    expect(sharedPrefix(['demo.web.cpu', 'demo.web.cpus', 'demo.web.cpu.idle'])).toBe('demo.web.');
    expect(sharedPrefix(['cpu', 'cpus'])).toBe('');
    expect(sharedPrefix(['a.b'])).toBe('');
    expect(sharedPrefix([])).toBe('');
  });
});

describe('nameParts', () => {
  it('keeps whole segments at the end', () => {
    expect(nameParts('demo.web.01.cpu', 'demo.')).toEqual({ shared: 'demo.', middle: '', end: 'web.01.cpu' });
    expect(nameParts('service.checkout.payments.eu-west-1.latency.p99')).toEqual({ shared: '', middle: 'service.checkout.payments', end: '.eu-west-1.latency.p99' });
  });

  it('loses no letter of any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 5 }), (name, prefix) => {
        const { shared, middle, end } = nameParts(name, prefix);
        expect(shared + middle + end).toBe(name);
        expect(end.length).toBeLessThanOrEqual(22);
      }),
    );
  });
});
