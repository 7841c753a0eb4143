import type { RejectionReason } from '@skylark/core';
import { createTextReader } from '../bytes.js';
import { parseDecimalText, valueRefusal } from '../decimal.js';
import { forbiddenOpcodes, op } from './opcodes.js';
import { readLongInteger } from './pickle-integer.js';
import { readRawUnicode, readStringLiteral } from './pickle-text.js';

/** Stands for a byte string that is not UTF-8. */
export const notUtf8 = Symbol('not UTF-8');

/** A list or a tuple. `depth` counts the levels within it, itself included, as far as they were known when it was filled. */
export interface Sequence {
  readonly kind: 'list' | 'tuple';
  readonly items: PickleValue[];
  depth: number;
}

/** null is None; True and False are 1 and 0, as in Python. */
export type PickleValue = number | string | null | typeof notUtf8 | Sequence;

export interface PickleFailure {
  readonly reason: Extract<RejectionReason, 'syntax' | 'hostile'>;
  readonly detail: string;
}

export interface PickleBounds {
  /** Values made in all, and entries of the memo. */
  readonly maxValues: number;
  readonly maxDepth: number;
}

const hostileOpcodes = new Map<number, string>(Object.entries(forbiddenOpcodes).map(([name, byte]) => [byte, name]));

/** Runs one pickle by an allow-list of opcodes that make numbers, strings, lists and tuples. Nothing of it can name, call or import anything. */
export function readPickle(bytes: Buffer, bounds: PickleBounds): { readonly value: PickleValue } | PickleFailure {
  return new PickleMachine(bytes, bounds).run();
}

class PickleMachine {
  readonly #bytes: Buffer;
  readonly #bounds: PickleBounds;
  readonly #readText = createTextReader();
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;
  #values = 0;
  #failure: PickleFailure | null = null;

  constructor(bytes: Buffer, bounds: PickleBounds) {
    this.#bytes = bytes;
    this.#bounds = bounds;
  }

  run(): { readonly value: PickleValue } | PickleFailure {
    while (this.#failure === null) {
      const opcode = this.#unsigned(1);
      if (opcode === op.STOP && this.#failure === null) {
        const [value] = this.#stack;
        if (value !== undefined && this.#stack.length === 1 && this.#marks.length === 0) return { value };
        this.#fail('STOP with more or less than one value');
      } else this.#step(opcode);
    }
    return this.#failure;
  }

  #step(opcode: number): void {
    if (this.#failure !== null || this.#stepNumber(opcode) || this.#stepText(opcode) || this.#stepSequence(opcode) || this.#stepMemo(opcode)) return;
    const name = hostileOpcodes.get(opcode);
    if (name === undefined) this.#fail(`no opcode 0x${opcode.toString(16)}`);
    else this.#fail(`opcode ${name}`, 'hostile');
  }

  #stepNumber(opcode: number): boolean {
    switch (opcode) {
      case op.PROTO:
        if (this.#unsigned(1) > 5) this.#fail('unknown protocol');
        return true;
      case op.FRAME:
        if (this.#unsigned(8) > this.#bytes.length - this.#at) this.#fail('a frame longer than the pickle');
        return true;
      case op.NONE:
        return this.#push(null);
      case op.NEWTRUE:
        return this.#push(1);
      case op.NEWFALSE:
        return this.#push(0);
      case op.BININT:
        return this.#push(this.#unsigned(4) | 0);
      case op.BININT1:
        return this.#push(this.#unsigned(1));
      case op.BININT2:
        return this.#push(this.#unsigned(2));
      case op.LONG1:
        return this.#pushLong(this.#unsigned(1));
      case op.LONG4:
        return this.#pushLong(this.#unsigned(4));
      case op.BINFLOAT: {
        const start = this.#take(8);
        return this.#failure !== null || this.#push(this.#bytes.readDoubleBE(start));
      }
      case op.INT:
        return this.#pushInteger(this.#line());
      case op.LONG:
        return this.#pushInteger(this.#line().replace(/L$/, ''));
      case op.FLOAT:
        return this.#pushFloat(this.#line());
      default:
        return false;
    }
  }

  #stepText(opcode: number): boolean {
    switch (opcode) {
      case op.SHORT_BINSTRING:
      case op.SHORT_BINUNICODE:
      case op.SHORT_BINBYTES:
        return this.#pushBytes(this.#unsigned(1));
      case op.BINSTRING:
      case op.BINUNICODE:
      case op.BINBYTES:
        return this.#pushBytes(this.#unsigned(4));
      case op.BINUNICODE8:
      case op.BINBYTES8:
        return this.#pushBytes(this.#unsigned(8));
      case op.STRING: {
        const literal = readStringLiteral(this.#line());
        return literal === null ? this.#fail('not a string literal') : this.#push(this.#readText(literal, 0, literal.length) ?? notUtf8);
      }
      case op.UNICODE: {
        const text = readRawUnicode(this.#line());
        return text === null ? this.#fail('a broken escape') : this.#push(text);
      }
      default:
        return false;
    }
  }

  #stepSequence(opcode: number): boolean {
    switch (opcode) {
      case op.MARK:
        if (this.#marks.push(this.#stack.length) > this.#bounds.maxValues) this.#fail('too many marks', 'hostile');
        return true;
      case op.EMPTY_LIST:
        return this.#push(sequence('list', []));
      case op.EMPTY_TUPLE:
        return this.#push(sequence('tuple', []));
      case op.LIST:
        return this.#pushSequence('list', this.#popToMark());
      case op.TUPLE:
        return this.#pushSequence('tuple', this.#popToMark());
      case op.TUPLE1:
      case op.TUPLE2:
      case op.TUPLE3:
        return this.#pushSequence('tuple', this.#pop(opcode - op.TUPLE1 + 1));
      case op.APPEND:
        return this.#append(this.#pop(1));
      case op.APPENDS:
        return this.#append(this.#popToMark());
      default:
        return false;
    }
  }

  #stepMemo(opcode: number): boolean {
    switch (opcode) {
      case op.PUT:
        return this.#put(this.#index());
      case op.BINPUT:
        return this.#put(this.#unsigned(1));
      case op.LONG_BINPUT:
        return this.#put(this.#unsigned(4));
      case op.MEMOIZE:
        return this.#put(this.#memo.size);
      case op.GET:
        return this.#get(this.#index());
      case op.BINGET:
        return this.#get(this.#unsigned(1));
      case op.LONG_BINGET:
        return this.#get(this.#unsigned(4));
      default:
        return false;
    }
  }

  /** The place of the next `length` bytes; the machine has failed when there are not as many. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) this.#fail('ends too early');
    else this.#at += length;
    return start;
  }

  /** A little-endian number of 1, 2, 4 or 8 bytes. One of 8 is a length: inexact beyond 2^53, where it is too long anyway. */
  #unsigned(width: 1 | 2 | 4 | 8): number {
    const start = this.#take(width);
    if (this.#failure !== null) return 0;
    if (width === 8) return this.#bytes.readUInt32LE(start) + this.#bytes.readUInt32LE(start + 4) * 2 ** 32;
    return this.#bytes.readUIntLE(start, width);
  }

  /** The latin1 text up to the newline, which is passed. */
  #line(): string {
    const start = this.#at;
    const end = this.#bytes.indexOf(0x0a, start);
    if (end < 0) this.#fail('ends within a line');
    this.#at = end < 0 ? this.#bytes.length : end + 1;
    return this.#bytes.toString('latin1', start, end < 0 ? start : end);
  }

  #index(): number {
    const text = this.#line();
    if (!/^[0-9]{1,10}$/.test(text)) this.#fail('no memo index');
    return Number(text);
  }

  #push(value: PickleValue): boolean {
    if (++this.#values > this.#bounds.maxValues) return this.#fail('too many values', 'hostile');
    if (this.#failure === null) this.#stack.push(value);
    return true;
  }

  #pushLong(length: number): boolean {
    const start = this.#take(length);
    return this.#failure !== null || this.#push(readLongInteger(this.#bytes, start, length));
  }

  #pushInteger(text: string): boolean {
    return /^[+-]?[0-9]+$/.test(text) ? this.#push(Number(text)) : this.#fail('no integer');
  }

  /** Python writes nan, inf and -inf too. */
  #pushFloat(text: string): boolean {
    const value = parseDecimalText(text);
    if (!Number.isNaN(value) || valueRefusal(text) === 'nan') return this.#push(value);
    const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
    return infinite === null ? this.#fail('no float') : this.#push(infinite[1] === '-' ? -Infinity : Infinity);
  }

  #pushBytes(length: number): boolean {
    const start = this.#take(length);
    return this.#failure !== null || this.#push(this.#readText(this.#bytes, start, start + length) ?? notUtf8);
  }

  #pushSequence(kind: Sequence['kind'], items: PickleValue[]): boolean {
    const made = sequence(kind, []);
    return this.#fill(made, items) && this.#push(made);
  }

  #append(items: PickleValue[]): boolean {
    const list = this.#top();
    if (list === null || typeof list !== 'object' || list.kind !== 'list') return this.#fail('nothing to append to');
    return this.#fill(list, items);
  }

  #fill(into: Sequence, items: readonly PickleValue[]): boolean {
    for (const item of items) {
      if (typeof item === 'object' && item !== null) into.depth = Math.max(into.depth, item.depth + 1);
      into.items.push(item);
    }
    return into.depth > this.#bounds.maxDepth ? this.#fail(`more than ${this.#bounds.maxDepth} levels`, 'hostile') : true;
  }

  /** The lowest place that may be popped: values below the last mark are out of reach. */
  get #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #top(): PickleValue {
    return this.#stack.length > this.#floor ? this.#stack.at(-1) ?? null : null;
  }

  #pop(count: number): PickleValue[] {
    if (this.#stack.length - this.#floor >= count) return this.#stack.splice(this.#stack.length - count);
    this.#fail('too few values');
    return [];
  }

  #popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark !== undefined) return this.#stack.splice(mark);
    this.#fail('no mark');
    return [];
  }

  #put(index: number): boolean {
    if (this.#stack.length <= this.#floor) return this.#fail('nothing to put');
    if (this.#memo.size > this.#bounds.maxValues) return this.#fail('too many memo entries', 'hostile');
    this.#memo.set(index, this.#top());
    return true;
  }

  #get(index: number): boolean {
    const value = this.#memo.get(index);
    return value === undefined ? this.#fail('no such memo entry') : this.#push(value);
  }

  /** Remembers the first failure. Answers true: the opcode was recognised. */
  #fail(detail: string, reason: PickleFailure['reason'] = 'syntax'): true {
    this.#failure ??= { reason, detail };
    return true;
  }
}

function sequence(kind: Sequence['kind'], items: PickleValue[]): Sequence {
  return { kind, items, depth: 1 };
}
