import { seriesPerPage, sketchSegments, spareSlots } from './layout.js';

/** Where the parts of a page lie: bytes from its beginning. `kernels/page.ts` says the same. */
export interface PageLayout {
  readonly length: number;
  /** Bytes from a column (or ring) to the next: whole registers of four float32. */
  readonly stride: number;
  readonly sketches: number;
  /** float32: normal = (raw - mean - remainder) x inverse, so that a mean far from 0 costs no digits; an inverse of 0 is a series without a shape. */
  readonly means: number;
  readonly remainders: number;
  readonly inverses: number;
  /** int32: the number on the grid of a ring's newest value; uint16: where its next value goes, and how many it holds. */
  readonly grids: number;
  readonly heads: number;
  readonly counts: number;
  readonly flags: number;
  /** float64, rings only: the newest datapoint, and what was subtracted from every value of the ring. */
  readonly timestamps: number;
  readonly values: number;
  readonly bases: number;
  /** int32, of the page: the first instant of the window its sketches were made for. */
  readonly sketchedFor: number;
  readonly bytes: number;
}

/** The layout of a page of 256 columns of `length` points. Kernels know it as `kernels/page.ts`. */
export function pageLayout(length: number): PageLayout {
  const stride = ((length + spareSlots + 3) >> 2) << 4;
  const sketches = seriesPerPage * stride;
  const means = sketches + seriesPerPage * sketchSegments;
  const remainders = means + 4 * seriesPerPage;
  const inverses = remainders + 4 * seriesPerPage;
  const grids = inverses + 4 * seriesPerPage;
  const heads = grids + 4 * seriesPerPage;
  const counts = heads + 2 * seriesPerPage;
  const flags = counts + 2 * seriesPerPage;
  const timestamps = flags + seriesPerPage;
  const values = timestamps + 8 * seriesPerPage;
  const bases = values + 8 * seriesPerPage;
  const sketchedFor = bases + 8 * seriesPerPage;
  // Kernels read and write whole registers: up to one beyond a part.
  return { length, stride, sketches, means, remainders, inverses, grids, heads, counts, flags, timestamps, values, bases, sketchedFor, bytes: sketchedFor + 64 };
}
