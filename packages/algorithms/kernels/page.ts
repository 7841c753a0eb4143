import { seriesPerPage, sketchSegments, spareSlots } from '../src/kernels/layout';

/** Bytes of a column: whole registers. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function strideOf(length: i32): i32 {
  return ((length + 3) >> 2) << 4;
}

/** Bytes from a series' column or ring in a page to the next. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function slotStrideOf(length: i32): i32 {
  return strideOf(length + spareSlots);
}

/** Segments of a sketch that are in use. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function segmentsOf(length: i32): i32 {
  return min(sketchSegments, length);
}

// The parts of a page, in the order they lie in: see `page-layout.ts`.

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function columnOf(page: usize, length: i32, series: i32): usize {
  return page + series * slotStrideOf(length);
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function sketchesOf(page: usize, length: i32): usize {
  return page + seriesPerPage * slotStrideOf(length);
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function meansOf(page: usize, length: i32): usize {
  return sketchesOf(page, length) + seriesPerPage * sketchSegments;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function remaindersOf(page: usize, length: i32): usize {
  return meansOf(page, length) + seriesPerPage * 4;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function inversesOf(page: usize, length: i32): usize {
  return remaindersOf(page, length) + seriesPerPage * 4;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function gridsOf(page: usize, length: i32): usize {
  return inversesOf(page, length) + seriesPerPage * 4;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function headsOf(page: usize, length: i32): usize {
  return gridsOf(page, length) + seriesPerPage * 4;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function countsOf(page: usize, length: i32): usize {
  return headsOf(page, length) + seriesPerPage * 2;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function basesOf(page: usize, length: i32): usize {
  return flagsOf(page, length) + seriesPerPage * 17;
}

/** For which first instant of a window the sketches of the page were made. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function sketchedForOf(page: usize, length: i32): usize {
  return basesOf(page, length) + seriesPerPage * 8;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export function flagsOf(page: usize, length: i32): usize {
  return countsOf(page, length) + seriesPerPage * 2;
}
