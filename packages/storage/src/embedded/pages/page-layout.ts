import { pageHeaderBytes } from './page-file.js';

/**
 * LMDB's pages as lmdb-js 3.5 writes them (data version 2 of LMDB's branch `mdb.master3`; layout from its mdb.c): little-endian, a header of
 * 24 bytes: page number u64, transaction u64, pad u16, flags u16, then lower u16 and upper u16, or the count of overflow pages as u32.
 */
export const pageFlags = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
const nodeHeaderBytes = 8;
const bigData = 0x01;
const magic = 0xbeefc0de;
const dataVersion = 2;

export interface Meta {
  readonly index: 0 | 1;
  readonly transaction: number;
  readonly pageBytes: number;
  readonly lastPage: number;
  readonly free: TreeMeta;
  readonly main: TreeMeta;
}

export interface TreeMeta {
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** null: the tree is empty. */
  readonly root: number | null;
}

/** null when it is no meta page that this code knows. */
export function readMeta(page: Buffer, index: 0 | 1): Meta | null {
  if (page.readUInt16LE(18) !== pageFlags.meta || unsigned64(page, 0) !== index) return null;
  if (page.readUInt32LE(24) !== magic || page.readUInt32LE(28) !== dataVersion) return null;
  const pageBytes = page.readUInt32LE(48);
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) return null;
  return { index, pageBytes, free: readTreeMeta(page, 48), main: readTreeMeta(page, 96), lastPage: unsigned64(page, 144), transaction: unsigned64(page, 152) };
}

function readTreeMeta(page: Buffer, at: number): TreeMeta {
  const root = page.readBigUInt64LE(at + 40);
  return {
    flags: page.readUInt16LE(at + 4), depth: page.readUInt16LE(at + 6), branchPages: unsigned64(page, at + 8), leafPages: unsigned64(page, at + 16),
    overflowPages: unsigned64(page, at + 24), entries: unsigned64(page, at + 32), root: root === 2n ** 64n - 1n ? null : Number(root),
  };
}

/** Beyond 2^53 it is rounded: no such number is a page here. */
export const unsigned64 = (page: Buffer, at: number): number => page.readUInt32LE(at) + page.readUInt32LE(at + 4) * 2 ** 32;

export interface PageHeader {
  readonly number: number;
  readonly transaction: number;
  readonly flags: number;
  /** Of branch and leaf pages. */
  readonly nodes: number;
  readonly upper: number;
  /** Of overflow pages. */
  readonly pages: number;
}

export function readHeader(page: Buffer): PageHeader {
  return { number: unsigned64(page, 0), transaction: unsigned64(page, 8), flags: page.readUInt16LE(18), nodes: page.readUInt16LE(20) >>> 1, upper: page.readUInt16LE(22), pages: page.readUInt32LE(20) };
}

export interface PageNode {
  /** Where the node's key starts in the page. */
  readonly keyAt: number;
  readonly keyBytes: number;
  /** Branch: the child's page number. Leaf: bytes of data. */
  readonly number: number;
  /** Leaf: the data lies in overflow pages. */
  readonly big: boolean;
  /** All it takes in the page. */
  readonly nodeBytes: number;
}

/** The i-th node; null when it does not lie within the page or has flags that this tree's nodes never have. */
export function readNode(page: Buffer, header: PageHeader, i: number): PageNode | null {
  const offset = page.readUInt16LE(pageHeaderBytes + 2 * i);
  const at = pageHeaderBytes + offset;
  if (offset < header.upper || offset % 2 !== 0 || at + nodeHeaderBytes > page.length) return null;
  const low = page.readUInt32LE(at);
  const flags = page.readUInt16LE(at + 4);
  const keyBytes = page.readUInt16LE(at + 6);
  const keyAt = at + nodeHeaderBytes;
  const nodeBytes = (inPage: number): number => Math.ceil((nodeHeaderBytes + keyBytes + inPage) / 2) * 2;
  if (header.flags === pageFlags.branch) return keyAt + keyBytes > page.length ? null : { keyAt, keyBytes, number: low + flags * 2 ** 32, big: false, nodeBytes: nodeBytes(0) };
  if (flags !== 0 && flags !== bigData) return null;
  const inPage = flags === bigData ? overflowReferenceBytes : low;
  return keyAt + keyBytes + inPage > page.length ? null : { keyAt, keyBytes, number: low, big: flags === bigData, nodeBytes: nodeBytes(inPage) };
}

const overflowReferenceBytes = 24;

/** Where a big node's data lies. */
export function readOverflowReference(page: Buffer, node: PageNode): { page: number; pages: number } {
  const at = node.keyAt + node.keyBytes;
  return { page: unsigned64(page, at), pages: unsigned64(page, at + 16) };
}
