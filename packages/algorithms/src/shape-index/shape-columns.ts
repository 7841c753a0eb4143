import type { Arena } from '../kernels/arena.js';
import { flagChanged, seriesPerPage } from '../kernels/layout.js';
import { pageLayout } from '../kernels/page-layout.js';
import type { PageLayout } from '../kernels/page-layout.js';
import { createPageTable } from './page-table.js';

/** Columns a search compares with: pages of them, and who is a candidate. */
export interface ColumnSet {
  readonly layout: PageLayout;
  /** Address of the table of page addresses. */
  readonly table: number;
  readonly pages: number;
  /** Columns as they stand, or rings of raw values. */
  readonly normalised: boolean;
}

/** Z-normalised columns of one length, by id in the order they were added. */
export interface ShapeColumns extends ColumnSet {
  readonly size: number;
  /** Copies a z-normalised shape of the length; answers its id. */
  add(shape: Float64Array | Float32Array): number;
  /** The column of an id: a view of the shared memory. */
  column(id: number): Float32Array;
  /** Forgets all columns and keeps their room. */
  clear(): void;
  /** Gives the room back. */
  release(): void;
}

/**
 * Room for z-normalised columns to be searched as a whole.
 *
 * @param length points of a column, 2 to 512
 * @example const columns = createShapeColumns(arena, 128); columns.add(zNormalise(points)!);
 */
export function createShapeColumns(arena: Arena, length: number): ShapeColumns {
  const layout = pageLayout(length);
  const table = createPageTable(arena, layout.bytes);
  let size = 0;
  const columnAt = (id: number): number => (table.page(Math.floor(id / seriesPerPage)) + (id % seriesPerPage) * layout.stride) / 4;
  return {
    layout,
    normalised: true,
    get table() {
      return table.address;
    },
    get pages() {
      return Math.ceil(size / seriesPerPage);
    },
    get size() {
      return size;
    },
    add(shape) {
      const id = size;
      if (id >= table.pages * seriesPerPage) table.add();
      size += 1;
      const { floats, bytes } = arena.views();
      floats.set(shape, columnAt(id));
      bytes[table.page(Math.floor(id / seriesPerPage)) + layout.flags + (id % seriesPerPage)] = flagChanged;
      return id;
    },
    column(id) {
      const first = columnAt(id);
      return arena.views().floats.subarray(first, first + length);
    },
    clear() {
      size = 0;
      const { floats } = arena.views();
      // Without a shape until they are written again.
      for (let page = 0; page < table.pages; page += 1) floats.fill(0, (table.page(page) + layout.inverses) / 4, (table.page(page) + layout.inverses) / 4 + seriesPerPage);
    },
    release: () => table.release(),
  };
}
