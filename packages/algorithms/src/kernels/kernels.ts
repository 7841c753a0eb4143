/**
 * The inner loops of search, over pages of columns in a memory that threads share. All arguments are addresses in it or whole numbers; `layout.ts` says what
 * lies where. The same calls by WebAssembly and by TypeScript, which is the oracle, and the way where there is no SIMD.
 *
 * `scratch` is a thread's own: `scratchBytes` of it.
 */
export interface Kernels {
  /** Bytes of scratch for columns of a length, a radius and so many nearest. */
  scratchBytes(length: number, radius: number, count: number): number;
  /** Makes mean, deviation and sketch of every changed series of a page anew; answers how many. */
  sketchPage(job: number, page: number, scratch: number): number;
  /** Writes the bounds of a page's 256 series, from the sketches, to the job's bounds from series `first` on; answers how many are candidates. */
  boundPage(job: number, page: number, first: number): number;
  /** Writes the ids of bounds (16 bits) that are at most `limit`, of the first `count`, to `into` (u32), ascending; answers how many. */
  gatherBelow(bounds: number, count: number, limit: number, into: number): number;
  /** Begins a job: the nearest so far are those at the beginning of another thread's scratch, or none (0). */
  beginScan(job: number, scratch: number, seeds: number): void;
  /** Euclid over `count` ids (u32) at `ids`; what is within the limit goes to the results. Answers how many were within. */
  scanEuclid(job: number, ids: number, count: number, scratch: number): number;
  /** Banded DTW likewise; `straight` not 0: without bounds first. Answers how many came as far as the matrix; some may wait in the scratch for `endScan`. */
  scanDtw(job: number, ids: number, count: number, scratch: number, straight: number): number;
  /** Ends a job: compares who still waits; answers how many came as far as the matrix. */
  endScan(job: number, scratch: number): number;
  /** Bytes of scratch for a lag job. */
  lagScratchBytes(points: number, shifts: number, phases: number): number;
  /**
   * Writes to a lag job's scores, from series `first` on, how far each of a page's 256 rings lies from the query at its best shift: root of the mean squared distance over the points that meet,
   * Infinity for who is no candidate; answers how many are.
   */
  lagPage(job: number, page: number, first: number, scratch: number): number;
}
