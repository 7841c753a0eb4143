import { fnv1a } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fnv1aBytes } from './fnv1a-bytes.js';
import { NameTable, noHandle, unknownName } from './name-table.js';

const utf8 = (name: string): Uint8Array => new TextEncoder().encode(name);
const find = (table: NameTable, name: string): number => table.find(utf8(name), 0, utf8(name).length);
const add = (table: NameTable, name: string, skipped = false): number => table.add(utf8(name), 0, utf8(name).length, skipped);

describe('fnv1aBytes', () => {
  it('is the hash of the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => fnv1aBytes(utf8(text), 0, utf8(text).length) === fnv1a(text)));
  });
});

describe('NameTable', () => {
  it('behaves as a Map of names to numbers', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 })), (names) => {
      const table = new NameTable();
      const model = new Map<string, number>();
      for (const name of names) {
        expect(find(table, name)).toBe(model.get(name) ?? unknownName);
        if (!model.has(name)) model.set(name, add(table, name));
      }
      for (const [name, id] of model) expect([find(table, name), table.nameOf(id)]).toEqual([id, name]);
      expect(table.count).toBe(model.size);
    }));
  });

  it('finds names inside of a larger buffer', () => {
    const table = new NameTable();
    add(table, 'web.cpu');
    expect(table.find(utf8('put web.cpu 1'), 4, 11)).toBe(0);
    expect(table.find(utf8('put web.cpu 1'), 4, 10)).toBe(unknownName);
  });

  it('keeps hundreds of thousands of names, their handles and verdicts while it grows', () => {
    const table = new NameTable();
    for (let i = 0; i < 200_000; i++) {
      const id = add(table, `dc.host${i}.cpu.user`, i % 7 === 0);
      if (i % 1000 === 0) table.handles[id] = 5 * i;
    }
    for (let i = 0; i < 200_000; i += 999) {
      const id = find(table, `dc.host${i}.cpu.user`);
      expect([id, table.nameOf(id), table.skipped[id], table.handles[id]]).toEqual([i, `dc.host${i}.cpu.user`, i % 7 === 0 ? 1 : 0, i % 1000 === 0 ? 5 * i : noHandle]);
    }
  });

  it('keeps names that do not fit into what is left of a chunk', () => {
    const table = new NameTable();
    const names = Array.from({ length: 40 }, (_, i) => `${i}`.repeat(1).padEnd(60_000, String.fromCharCode(97 + (i % 26))));
    for (const name of names) add(table, name);
    names.forEach((name, id) => expect([find(table, name), table.nameOf(id) === name]).toEqual([id, true]));
  });

  it('refuses names crafted to collide before looking for them takes long', () => {
    const table = new NameTable();
    const colliding = collidingNames(1500);
    const ids = colliding.map((name) => add(table, name));
    expect(ids.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(ids.at(-1)).toBe(unknownName);
    expect(add(table, 'an.honest.name')).toBeGreaterThan(0);
  });
});

/** Names whose hashes share their low 12 bits: one slot of a small table. */
function collidingNames(count: number): string[] {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) if ((fnv1a(`c${i}`) & 0xfff) === 0x123) names.push(`c${i}`);
  return names;
}
