import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean } from './did-you-mean.js';
import { createNameIndex, searchNames } from './name-index.js';
import type { NameMatch } from './name-index.js';
import { parseNameQuery } from './name-query.js';

const names = ['web.1.cpu', 'web.2.cpu', 'web.10.cpu', 'web.1.latency', 'db.cpu', 'db.latency.p99', 'Disk;host=a b', 'größe.μs'];
const index = createNameIndex(names);
const found = (query: string, options = {}): string[] => index.search(query, { limit: 100, ...options }).matches.map(({ metric }) => metric);
const letters = ({ metric, ranges = [] }: NameMatch): string => ranges.map(([from, until]) => metric.slice(from, until)).join('');

describe('parseNameQuery', () => {
  it.each([
    ['', 'all'],
    ['  ', 'all'],
    ['web', 'fuzzy'],
    ['web.cpu', 'fuzzy'],
    ['web*', 'glob'],
    ['we?', 'glob'],
    ['{a,b}', 'glob'],
    ['[ab]', 'glob'],
    ['/web/', 'regex'],
    ['/we*b/i', 'regex'],
    ['/web', 'fuzzy'],
    ['=web*', 'exact'],
    ['=', 'exact'],
  ])('reads %j as %s', (query, mode) => expect(parseNameQuery(query).mode).toBe(mode));

  it('takes a text as the mode that is asked for', () => {
    expect(found('we.*cpu$', { mode: 'regex' })).toEqual(['web.1.cpu', 'web.10.cpu', 'web.2.cpu']);
    expect(found('web.1.cpu', { mode: 'glob' })).toEqual(['web.1.cpu']);
    expect(found('db.cpu', { mode: 'exact' })).toEqual(['db.cpu']);
    expect(found('db.cpu', { mode: 'all' })).toHaveLength(names.length);
    expect(found('', { mode: 'fuzzy' })).toHaveLength(names.length);
  });
});

describe('a name index', () => {
  it('answers a page of all that match, by name', () => {
    expect(index.search('*cpu', { limit: 2, offset: 1 })).toEqual({ mode: 'glob', total: 4, matches: [{ metric: 'web.1.cpu' }, { metric: 'web.10.cpu' }] });
    expect(index.search('', { limit: 0 })).toEqual({ mode: 'all', total: names.length, matches: [] });
    expect(found('=db.cpu')).toEqual(['db.cpu']);
    expect(found('=db')).toEqual([]);
    expect(createNameIndex(['b', 'a', 'b']).names).toEqual(['a', 'b']);
  });

  it('finds words in order, whole, whatever stands between, with the letters that matched', () => {
    const { mode, total, matches } = index.search('web cpu', { limit: 10 });
    expect({ mode, total }).toEqual({ mode: 'fuzzy', total: 3 });
    expect(matches[0]).toEqual({ metric: 'web.1.cpu', ranges: [[0, 3], [6, 9]] });
    expect(matches.map(({ metric }) => metric)).toEqual(['web.1.cpu', 'web.2.cpu', 'web.10.cpu']);
  });

  it('turns the words round when no name has them in order, then takes scattered letters', () => {
    expect(found('p99 db')).toEqual(['db.latency.p99']);
    expect(index.search('wlat', { limit: 1 })).toEqual({ mode: 'fuzzy', total: 1, matches: [{ metric: 'web.1.latency', ranges: [[0, 1], [6, 9]] }] });
    expect(found('xyz')).toEqual([]);
  });

  it('minds neither case nor punctuation, and knows other letters', () => {
    expect(found('DISK host')).toEqual(['Disk;host=a b']);
    expect(found('GRÖSSE')).toEqual([]);
    expect(found('GRÖ')).toEqual(['größe.μs']);
    expect(found(';')).toEqual(['Disk;host=a b']);
    expect(index.search('=a', { mode: 'fuzzy', limit: 1 }).matches.map(letters)).toEqual(['a']);
  });

  it('shows recent names first among those that match', () => {
    const recent = new Set(['web.10.cpu', 'db.latency.p99']);
    expect(found('web cpu', { recent })[0]).toBe('web.10.cpu');
    expect(found('*cpu', { recent })).toEqual(['web.10.cpu', 'db.cpu', 'web.1.cpu', 'web.2.cpu']);
    expect(found('', { recent }).slice(0, 2)).toEqual(['db.latency.p99', 'web.10.cpu']);
  });

  it('ranks the shortest of very many matches and loses none', () => {
    const many = createNameIndex([...Array.from({ length: 3000 }, (_, i) => `server.${1000 + i}.cpu.total`), 'cpu']);
    const { total, matches } = many.search('cpu', { limit: 5000 });
    expect(total).toBe(3001);
    expect(new Set(matches.map(({ metric }) => metric)).size).toBe(3001);
    expect(matches[0]!.metric).toBe('cpu');
  });

  it('answers a single search without keeping anything', () => {
    expect(searchNames(['a.b', 'a.c'], 'a*', { limit: 1 })).toEqual({ mode: 'glob', total: 2, matches: [{ metric: 'a.b' }] });
  });

  it('gives letters that spell the query, for any names and queries', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '1', '.', '-', ' ', 'ü', 'İ', 'ß', 'ﬁ', '😀', '(', "'", '"', '\u2028'), minLength: 1, maxLength: 12 });
    const fold = (one: string): string => one.toUpperCase().replace(/[^A-Z\d\x80-\uffff]/g, '');
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), text, (some, query) => {
        const wanted = fold(query);
        const { matches, total } = createNameIndex(some).search(query, { mode: 'fuzzy', limit: 100 });
        if (query.trim() === '' || wanted === '') return;
        expect(total).toBe(matches.length);
        for (const match of matches) expect([...fold(letters(match))].sort().join('')).toBe([...wanted].sort().join(''));
      }),
      { numRuns: 3000 },
    );
  });

  it('does not blow up on hostile names and queries', () => {
    const hostile = createNameIndex(Array.from({ length: 500 }, (_, i) => `${'aİ'.repeat(400)}${i}`));
    for (const query of ['a a a a a a a a b', `${'a'.repeat(60)}b`, 'i a i a i a i', 'eexxaacctt', '"', '-a', 'x'.repeat(5000), "a'a", '((((', '\\']) expect(hostile.search(query, { limit: 5, mode: 'fuzzy' }).total).toBeLessThanOrEqual(500);
  });
});

describe('didYouMean', () => {
  it.each([
    ['web.1.cpi', ['web.1.cpu']],
    ['web.1.pcu', ['web.1.cpu']],
    ['wb.1.cpu', ['web.1.cpu']],
    ['WEB.1.CPU', ['web.1.cpu']],
    ['dbcpu', ['db.cpu']],
    ['db.latencey.p99', ['db.latency.p99']],
    ['nothing.like.it', []],
    ['', []],
  ])('%j: %j', (name, expected) => expect(index.didYouMean(name, 1)).toEqual(expected));

  it('answers the nearest only, nearest first, ties by name', () => {
    expect(didYouMean(['aaab', 'aabb', 'aaac', 'aaaaaa'], 'aaaa', 10)).toEqual(['aaab', 'aaac']);
    expect(didYouMean(['horizon.maxAge', 'horizon.maxFuture'], 'horizon.maxage', 3)).toEqual(['horizon.maxAge']);
  });

  it('finds what the whole table of edits finds', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 10 }), word, (some, name) => {
        const most = Math.max(1, Math.floor(name.length / 3));
        const near = some.map((one) => ({ one, slips: naiveSlips(one, name) })).filter(({ slips }) => slips <= most);
        const least = near.reduce((low, { slips }) => Math.min(low, slips), Infinity);
        const nearest = near.filter(({ slips }) => slips === least).map(({ one }) => one).sort()[0];
        expect(didYouMean(some, name, 1)).toEqual(nearest === undefined ? [] : [nearest]);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Optimal string alignment by the recurrence, every cell. */
function naiveSlips(a: string, b: string): number {
  const at = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)));
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      at[i]![j] = Math.min(at[i - 1]![j]! + 1, at[i]![j - 1]! + 1, at[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) at[i]![j] = Math.min(at[i]![j]!, at[i - 2]![j - 2]! + 1);
    }
  }
  return at[a.length]![b.length]!;
}
