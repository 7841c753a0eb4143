import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { metricCell, metricOfCell } from './metric-cell.js';

it('writes a plain name as it is', () => expect(metricCell('web.eu-1;dc=a b')).toBe('web.eu-1;dc=a b'));

it.each(['=1+1', '+a', '-a', '@sum(a)', '\ta'])('gives no spreadsheet the formula %j', (name) => expect(metricCell(name).startsWith(`'${name}`)).toBe(true));

it('comes back from a CSV reader as it was, whatever the name', () => {
  const awkward = fc.string({ unit: fc.constantFrom('=', '+', '-', '@', "'", '"', ',', '.', ' ', 'a', 'é', '\t', '\r', '\n'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(awkward, (name) => {
      const [[cell = ''] = []] = parse(`${metricCell(name)},1\n`);
      expect(metricOfCell(cell)).toBe(name);
    }),
  );
});
