import type { PageFile } from './page-file.js';
import { pageHeaderBytes } from './page-file.js';
import { pageFlags, readHeader, readNode, readOverflowReference, type PageHeader, type TreeMeta } from './page-layout.js';

/** What a walk of a tree of pages needs to know, and whom it tells. */
export interface Walk {
  readonly file: PageFile;
  /** Highest page in use, and newest transaction: anything beyond is damage. */
  readonly lastPage: number;
  readonly transaction: number;
  /** False: branch pages alone, which are few; leaves are taken on trust. */
  readonly leaves: boolean;
  /** Keys are machine numbers (the tree of free pages), not bytes. */
  readonly numberKeys: boolean;
  /** Every page reached, once. Shared between walks, so that no page is reached from two trees. */
  readonly reached: Uint8Array;
  /** Pages that are free, where that is known. */
  readonly free?: Uint8Array;
  readonly entry: (key: Buffer, data: Buffer) => void;
  readonly problem: (page: number, what: string) => void;
}

interface Counts {
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/** Walks a tree from its root, telling of every entry and every problem; goes on beside what is damaged. */
export function walkTree(walk: Walk, tree: TreeMeta): void {
  const counts: Counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
  if (tree.root !== null) walkPage(walk, counts, { number: tree.root, depth: 1, height: tree.depth });
  if (tree.root === null && tree.depth !== 0) walk.problem(0, 'the tree has a depth but no root');
  const expected: [string, number, number][] = [['branch pages', counts.branchPages, tree.branchPages]];
  if (walk.leaves) expected.push(['leaf pages', counts.leafPages, tree.leafPages], ['overflow pages', counts.overflowPages, tree.overflowPages], ['entries', counts.entries, tree.entries]);
  for (const [what, found, said] of expected) if (found !== said) walk.problem(0, `${found} ${what} where ${said} are said to be`);
}

interface Place {
  readonly number: number;
  readonly depth: number;
  /** Depth of the leaves. */
  readonly height: number;
  /** Keys of the page lie in [from, until). */
  readonly from?: Buffer;
  readonly until?: Buffer;
}

function walkPage(walk: Walk, counts: Counts, place: Place): void {
  if (!walk.leaves && place.depth === place.height) return;
  const page = takePage(walk, place.number);
  if (!page) return;
  const kind = kindOf(walk, place, readHeader(page));
  if (kind === null) {
    // Not what was looked for here; what it is may still be found as a page that nothing refers to.
    walk.reached[place.number] = 0;
    return;
  }
  // A page in the reader's cache may be replaced while its children are read.
  const bytes = kind === pageFlags.leaf ? page : Buffer.from(page);
  const open = { bytes, header: { ...readHeader(page), flags: kind }, place };
  if (kind === pageFlags.leaf) walkLeaf(walk, counts, open);
  else walkBranch(walk, counts, open);
}

function takePage(walk: Walk, number: number): Buffer | null {
  const refuse = (what: string): null => {
    walk.problem(number, what);
    return null;
  };
  if (number < 2 || number > walk.lastPage) return refuse('a reference to a page that does not exist');
  if (walk.reached[number] === 1) return refuse('a page that is in use twice');
  // It holds what was there before, if anything.
  if (walk.free?.[number] === 1) return refuse('a page both in use and free');
  const page = walk.file.page(number);
  if (!page) return refuse('a page beyond the end of the file');
  walk.reached[number] = 1;
  return page;
}

/** Branch or leaf, or null when the page cannot be read as either. What is wrong in a header is told, but every record has its own checksum. */
function kindOf(walk: Walk, { number, depth, height }: Place, header: PageHeader): number | null {
  const expected = depth === height ? pageFlags.leaf : pageFlags.branch;
  const kind = header.flags === pageFlags.leaf || header.flags === pageFlags.branch ? header.flags : expected;
  const room = walk.file.pageBytes - pageHeaderBytes;
  if (header.number !== number) walk.problem(number, `a page that says it is ${header.number}`);
  if (header.flags !== expected) walk.problem(number, `flags ${header.flags} on a ${expected === pageFlags.leaf ? 'leaf' : 'branch'} page`);
  if (header.transaction > walk.transaction) walk.problem(number, 'a page of a transaction to come');
  if (header.nodes < (kind === pageFlags.leaf ? 1 : 2)) walk.problem(number, 'too few nodes');
  if (header.upper <= room && header.nodes * 2 <= header.upper) return depth > deepest ? null : kind;
  walk.problem(number, 'bounds that do not fit a page');
  return null;
}

/** Deeper than any tree gets: damaged pages may seem to go on for ever. */
const deepest = 30;

interface OpenPage {
  readonly bytes: Buffer;
  readonly header: PageHeader;
  readonly place: Place;
}

function walkBranch(walk: Walk, counts: Counts, { bytes, header, place }: OpenPage): void {
  counts.branchPages += 1;
  const children: { number: number; key: Buffer }[] = [];
  let taken = 0;
  for (let i = 0; i < header.nodes; i += 1) {
    const node = readNode(bytes, header, i);
    if (!node) walk.problem(place.number, `node ${i} does not fit its page`);
    else children.push({ number: node.number, key: bytes.subarray(node.keyAt, node.keyAt + node.keyBytes) });
    taken += node?.nodeBytes ?? 0;
  }
  checkFill(walk, { bytes, header, place }, taken);
  children.forEach(({ number, key }, i) => {
    // The first node's key stands for everything before the second: it is not looked at.
    const from = i === 0 ? place.from : key;
    const until = children[i + 1]?.key ?? place.until;
    if (i > 0 && !inside(walk, key, place)) walk.problem(place.number, `the key of node ${i} is out of order`);
    walkPage(walk, counts, { number, depth: place.depth + 1, height: place.height, ...(from && { from }), ...(until && { until }) });
  });
}

function walkLeaf(walk: Walk, counts: Counts, { bytes, header, place }: OpenPage): void {
  counts.leafPages += 1;
  let before: Buffer | null = null;
  let taken = 0;
  for (let i = 0; i < header.nodes; i += 1) {
    const node = readNode(bytes, header, i);
    if (!node) {
      walk.problem(place.number, `node ${i} does not fit its page`);
      continue;
    }
    taken += node.nodeBytes;
    const key = bytes.subarray(node.keyAt, node.keyAt + node.keyBytes);
    if (!inside(walk, key, place) || (before && compareKeys(walk, before, key) >= 0)) walk.problem(place.number, `the key of node ${i} is out of order`);
    before = key;
    counts.entries += 1;
    const data = node.big ? overflowData(walk, counts, bytes, node) : bytes.subarray(node.keyAt + node.keyBytes, node.keyAt + node.keyBytes + node.number);
    if (data) walk.entry(key, data);
  }
  checkFill(walk, { bytes, header, place }, taken);
}

/** Nodes lie one behind the other up to the end of their page: a wrong length shows. */
function checkFill(walk: Walk, { bytes, header, place }: OpenPage, taken: number): void {
  if (taken !== bytes.length - pageHeaderBytes - header.upper) walk.problem(place.number, 'nodes that overlap or leave a gap');
}

function overflowData(walk: Walk, counts: Counts, bytes: Buffer, node: NonNullable<ReturnType<typeof readNode>>): Buffer | null {
  const { page: first, pages } = readOverflowReference(bytes, node);
  const needed = Math.floor((pageHeaderBytes - 1 + node.number) / walk.file.pageBytes) + 1;
  if (pages !== needed) {
    walk.problem(first, `${pages} overflow pages for ${node.number} bytes`);
    return null;
  }
  if (first + pages - 1 > walk.lastPage) {
    walk.problem(first, 'overflow pages beyond the last page');
    return null;
  }
  for (let i = 1; i < pages; i += 1) {
    if (walk.reached[first + i] === 1) walk.problem(first + i, 'a page that is in use twice');
    walk.reached[first + i] = 1;
  }
  const page = takePage(walk, first);
  if (!page) return null;
  const header = readHeader(page);
  if (header.number !== first || header.flags !== pageFlags.overflow || header.pages !== pages || header.transaction > walk.transaction) {
    walk.problem(first, 'an overflow page whose header does not fit');
    return null;
  }
  counts.overflowPages += pages;
  const data = walk.file.overflow(first, node.number);
  if (!data) walk.problem(first, 'overflow pages beyond the end of the file');
  return data;
}

function inside(walk: Walk, key: Buffer, { from, until }: Place): boolean {
  return (!from || compareKeys(walk, key, from) >= 0) && (!until || compareKeys(walk, key, until) < 0);
}

function compareKeys({ numberKeys }: Walk, a: Buffer, b: Buffer): number {
  if (!numberKeys) return Buffer.compare(a, b);
  if (a.length !== 8 || b.length !== 8) return 0;
  return Number(a.readBigUInt64LE() - b.readBigUInt64LE());
}
