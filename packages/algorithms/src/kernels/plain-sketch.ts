import {
  flagChanged, highestBound, jobBounds, jobLength, jobMask, jobNormalised, jobOldest, jobSketch, seriesPerPage, sketchGroup, sketchScale, sketchSegments, sketchZero,
} from './layout.js';
import type { MemoryViews } from './memory-views.js';
import { pageLayout } from './page-layout.js';
import type { PageLayout } from './page-layout.js';
import { normalColumn, ringColumn } from './plain-column.js';
import type { RingPlace } from './plain-column.js';

/** A ring's spread below this part of its mean, less the base, or below that part of its base, is rounding noise, not a shape. */
const flatBelow = 1e-7;
const flatBelowBase = 1e-12;

/** `sketchPage` of the kernels. */
export function sketchPage(views: MemoryViews, job: number, page: number): number {
  const layout = pageLayout(views.ints[(job + jobLength) >> 2]!);
  const rings = views.ints[(job + jobNormalised) >> 2] === 0;
  const oldest = views.ints[(job + jobOldest) >> 2]!;
  const moved = rings && views.ints[(page + layout.sketchedFor) / 4] !== oldest;
  let made = 0;
  for (let series = 0; series < seriesPerPage; series += 1) {
    const flag = page + layout.flags + series;
    if (!moved && (views.bytes[flag]! & flagChanged) === 0) continue;
    views.bytes[flag] = 0;
    sketchOne(views, job, page, series);
    made += 1;
  }
  views.ints[(page + layout.sketchedFor) / 4] = oldest;
  return made;
}

function sketchOne(views: MemoryViews, job: number, page: number, series: number): void {
  const layout = pageLayout(views.ints[(job + jobLength) >> 2]!);
  const spread = views.ints[(job + jobNormalised) >> 2] !== 0 ? { mean: 0, remainder: 0, inverse: 1 } : spreadOf(views, layout, { page, series, oldest: views.ints[(job + jobOldest) >> 2]! });
  views.floats[(page + layout.means) / 4 + series] = spread.mean;
  views.floats[(page + layout.remainders) / 4 + series] = spread.remainder;
  views.floats[(page + layout.inverses) / 4 + series] = spread.inverse;
  const first = page + layout.sketches + Math.floor(series / sketchGroup) * sketchGroup * sketchSegments + (series % sketchGroup);
  sketchOf(normalColumn(views, job, page, series)).forEach((byte, segment) => { views.bytes[first + segment * sketchGroup] = byte; });
}

function spreadOf(views: MemoryViews, layout: PageLayout, place: RingPlace): { mean: number; remainder: number; inverse: number } {
  const points = ringColumn(views, layout, place);
  if (points === null) return { mean: 0, remainder: 0, inverse: 0 };
  const mean = points.reduce((sum, value) => sum + value, 0) / points.length;
  const deviation = Math.sqrt(points.reduce((sum, value) => sum + (value - mean) ** 2, 0) / points.length);
  const least = Math.max(flatBelow * Math.abs(mean), flatBelowBase * Math.abs(views.doubles[(place.page + layout.bases) / 8 + place.series]!));
  const inverse = deviation > least ? Math.fround(1 / deviation) : 0;
  return { mean, remainder: mean - Math.fround(mean), inverse: Number.isFinite(inverse) ? inverse : 0 };
}

/** Piecewise aggregate approximation, a byte a segment: floor(32 mean) + 128, within 0 and 255. */
function sketchOf(points: Float32Array): Uint8Array {
  const segments = Math.min(sketchSegments, points.length);
  return Uint8Array.from({ length: sketchSegments }, (_, segment) => {
    if (segment >= segments) return 0;
    const part = points.subarray(Math.floor((segment * points.length) / segments), Math.floor(((segment + 1) * points.length) / segments));
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return Math.max(0, Math.min(255, Math.floor(mean * sketchScale) + sketchZero));
  });
}

/** `boundPage` of the kernels: the squared steps outside of the query's bytes, summed up, at most 65535; that also for who is no candidate. */
export function boundPage(views: MemoryViews, job: number, page: number, first: number): number {
  const { words, bytes, shorts, floats, ints } = views;
  const { length, sketches, inverses } = pageLayout(ints[(job + jobLength) >> 2]!);
  const query = words[(job + jobSketch) >> 2]!;
  const mask = words[(job + jobMask) >> 2]! + first;
  const bounds = words[(job + jobBounds) >> 2]! / 2 + first;
  const segments = Math.min(sketchSegments, length);
  let candidates = 0;
  for (let series = 0; series < seriesPerPage; series += 1) {
    shorts[bounds + series] = highestBound;
    if (bytes[mask + series] !== 0 || floats[(page + inverses) / 4 + series] === 0) continue;
    candidates += 1;
    const sketch = page + sketches + Math.floor(series / sketchGroup) * sketchGroup * sketchSegments + (series % sketchGroup);
    let sum = 0;
    for (let segment = 0; segment < segments; segment += 1) {
      const byte = bytes[sketch + segment * sketchGroup]!;
      const outside = Math.max(0, byte - bytes[query + segment]!, bytes[query + sketchSegments + segment]! - byte);
      sum += outside * outside;
    }
    shorts[bounds + series] = Math.min(highestBound, sum);
  }
  return candidates;
}

/** `gatherBelow` of the kernels. */
export function gatherBelow({ shorts, words }: MemoryViews, bounds: number, { count, limit, into }: { count: number; limit: number; into: number }): number {
  let end = into / 4;
  for (let id = 0; id < count; id += 1) {
    if (shorts[bounds / 2 + id]! > limit) continue;
    words[end] = id;
    end += 1;
  }
  return end - into / 4;
}
