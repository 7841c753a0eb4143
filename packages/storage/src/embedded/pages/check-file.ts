import { closeSync, openSync, readSync } from 'node:fs';
import { checkedPayload } from '../checksum.js';
import { openPageFile, type PageFile } from './page-file.js';
import { pageFlags, readHeader, readMeta, unsigned64, type Meta } from './page-layout.js';
import { walkTree, type Walk } from './walk-pages.js';

export interface FileReport {
  /** What is wrong with the pages, the first twenty of them; such a file must not be opened with LMDB. */
  readonly problems: readonly string[];
  /** Pages neither in use nor free: lost with the page, or the list, that referred to them. */
  readonly lostPages: number;
  readonly freePages: number;
  /** Records whose checksum does not fit: key and value. */
  readonly damaged: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];
  readonly records: number;
  readonly pages: number;
  readonly bytes: number;
}

export interface CheckOptions {
  /** False: branch pages alone, a hundredth of the file. Default true. */
  readonly leaves?: boolean;
  /** Sound records, when leaves are read. */
  readonly record?: (key: Uint8Array, value: Uint8Array) => void;
  /** Also looks for sound records in pages that nothing refers to any more because the page that did is damaged. Default false. */
  readonly orphans?: boolean;
}

const problemsKept = 20;
const damagedKept = 10_000;

/**
 * Checks a data file page by page without opening it: every page in its place once, every key in order, every record's checksum, and no page
 * both in use and free. Nobody may write meanwhile. Never throws for damage.
 */
export function checkFile(path: string, { leaves = true, record = () => {}, orphans = false }: CheckOptions = {}): FileReport {
  const file = openPageFile(path, pageBytesOf(path));
  try {
    const problems: string[] = [];
    const damaged: { key: Uint8Array; value: Uint8Array }[] = [];
    let records = 0;
    const problem = (page: number, what: string): void => {
      if (problems.length < problemsKept) problems.push(`page ${page}: ${what}`);
    };
    const entry = (key: Uint8Array, value: Uint8Array): void => {
      if (checkedPayload(key, value) !== undefined) {
        records += 1;
        record(key, value);
      } else if (damaged.length < damagedKept) damaged.push({ key: Uint8Array.from(key), value: Uint8Array.from(value) });
    };
    const meta = newestMeta(file, problem);
    const use = meta ? checkTrees(file, meta, { leaves, orphans, entry, problem, problemCount: () => problems.length }) : { lostPages: 0, freePages: 0 };
    return { problems, ...use, damaged, records, pages: file.pageCount, bytes: file.pageCount * file.pageBytes };
  } finally {
    file.close();
  }
}

/** Either meta page says it; the second lies one page on, so any usual size is tried. */
function pageBytesOf(path: string): number {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(65_536 + 4096);
    readSync(file, head, 0, head.length, 0);
    const first = readMeta(head, 0)?.pageBytes;
    if (first !== undefined) return first;
    return [4096, 8192, 16_384, 32_768, 65_536].find((size) => readMeta(head.subarray(size), 1)?.pageBytes === size) ?? 4096;
  } finally {
    closeSync(file);
  }
}

type Problem = (page: number, what: string) => void;

/** Transaction n writes meta page n % 2, so the two follow each other: a flipped bit in a number shows. */
function newestMeta(file: PageFile, problem: Problem): Meta | null {
  const metas = ([0, 1] as const).map((index) => {
    const page = file.page(index);
    const meta = page ? readMeta(page, index) : null;
    if (!meta) problem(index, 'no meta page');
    else if (meta.transaction !== 0 && meta.transaction % 2 !== index) problem(index, `transaction ${meta.transaction} on the wrong meta page`);
    return meta;
  });
  const known = metas.filter((meta): meta is Meta => meta !== null);
  const [a, b] = known;
  if (!a || !b) return a ?? null;
  const consecutive = Math.abs(a.transaction - b.transaction) === 1 || (a.transaction === 0 && b.transaction === 0);
  if (!consecutive) problem(0, `transactions ${a.transaction} and ${b.transaction} do not follow each other`);
  // When a number is what is damaged, the root pages say which is younger: each was written by its own transaction.
  const age = (meta: Meta): number => (consecutive ? meta.transaction : rootTransaction(file, meta));
  return known.sort((x, y) => age(y) - age(x) || y.transaction - x.transaction)[0]!;
}

function rootTransaction(file: PageFile, { main }: Meta): number {
  const root = main.root === null ? null : file.page(main.root);
  return root ? readHeader(root).transaction : 0;
}

interface TreesCheck {
  readonly leaves: boolean;
  readonly orphans: boolean;
  readonly entry: Walk['entry'];
  readonly problem: Problem;
  readonly problemCount: () => number;
}

function checkTrees(file: PageFile, meta: Meta, { leaves, orphans, entry, problem, problemCount }: TreesCheck): { lostPages: number; freePages: number } {
  if (meta.main.flags !== 0 || meta.free.flags !== freeTreeFlags) problem(meta.index, 'flags of the trees that are never set');
  if (meta.lastPage >= file.pageCount + slackPages) problem(meta.index, `the last page is ${meta.lastPage}, the file has ${file.pageCount}`);
  const lastPage = Math.min(meta.lastPage, file.pageCount - 1);
  const walk = { file, lastPage, transaction: meta.transaction, reached: new Uint8Array(lastPage + 1), problem };
  const free = new Uint8Array(lastPage + 1);
  const before = problemCount();
  walkTree({ ...walk, leaves: true, numberKeys: true, entry: (key, data) => markFree(key, data, { free, meta, problem }) }, meta.free);
  const freeIsSound = problemCount() === before;
  const main: Walk = { ...walk, free, leaves, numberKeys: false, entry };
  walkTree(main, meta.main);
  // A damaged list of free pages would have old versions of pages pass for lost ones.
  return leaves ? compareUse({ walk: main, free, problem, orphans: orphans && freeIsSound }) : { lostPages: 0, freePages: 0 };
}

const freeTreeFlags = 0x08;
/** "The file may be shorter if the free list has its last pages" (mdb.c). */
const slackPages = 2 ** 20;

interface FreeMarks {
  readonly free: Uint8Array;
  readonly meta: Meta;
  readonly problem: Problem;
}

/**
 * A list of free pages under the number of a transaction (of the one that freed them, or a low one for those in store): its length, then pages; 0 is an
 * empty place, -n says that n pages begin at the number that follows.
 */
function markFree(key: Buffer, data: Buffer, { free, meta, problem }: FreeMarks): void {
  const words = data.length >>> 3;
  const count = words > 0 ? Number(data.readBigInt64LE(0)) : -1;
  // One place more than the list takes may be kept for it.
  if (data.length % 8 !== 0 || count > words - 1 || count < words - 2) return problem(0, `a list of ${count} free pages in ${data.length} bytes`);
  if (key.length !== 8 || unsigned64(key, 0) > meta.transaction) return problem(0, 'free pages of a transaction to come');
  for (let i = 1; i <= count; i += 1) {
    let page = Number(data.readBigInt64LE(i * 8));
    let run = 1;
    if (page === 0) continue;
    if (page < 0) {
      run = -page;
      i += 1;
      page = i <= count ? Number(data.readBigInt64LE(i * 8)) : -1;
    }
    if (page < 2 || page + run - 1 > meta.lastPage) return problem(page, 'a free page that does not exist');
    for (let k = page; k < page + run && k < free.length; k += 1) {
      if (free[k] === 1) problem(k, 'a page that is free twice');
      free[k] = 1;
    }
  }
}

interface UseCheck {
  readonly walk: Walk;
  readonly free: Uint8Array;
  readonly problem: Problem;
  readonly orphans: boolean;
}

/** Every page is either in use or free; one that is neither was lost. */
function compareUse({ walk, free, problem, orphans }: UseCheck): { lostPages: number; freePages: number } {
  let lostPages = 0;
  let freePages = 0;
  for (let page = 2; page <= walk.lastPage; page += 1) {
    const used = walk.reached[page] === 1;
    freePages += free[page]!;
    if (used || free[page] === 1) continue;
    lostPages += 1;
    problem(page, 'a page neither in use nor free');
    if (orphans) readOrphan(walk, page);
  }
  return { lostPages, freePages };
}

function readOrphan(walk: Walk, number: number): void {
  const page = walk.file.page(number);
  if (!page || readHeader(page).flags !== pageFlags.leaf) return;
  const leaf = { flags: 0, depth: 1, branchPages: 0, leafPages: 1, overflowPages: 0, entries: 0, root: number };
  walkTree({ ...walk, problem: () => {} }, leaf);
}
