import { decodeBlockInto } from '@skylark/algorithms';

/** Columns that are used over and over for decoding; grown as needed. */
export interface Scratch {
  timestamps: Float64Array;
  values: Float64Array;
}

export const scratch = (): Scratch => ({ timestamps: new Float64Array(16_384), values: new Float64Array(16_384) });

/**
 * Decodes a block into the scratch columns from an index on, making room where there is none; answers how many datapoints that were.
 *
 * @throws SkylarkError `bad-block`, `store-newer`
 */
export function decodeInto(into: Scratch, block: Uint8Array, at: number): number {
  for (;;) {
    try {
      return decodeBlockInto(block, into.timestamps, into.values, at);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      grow(into);
    }
  }
}

function grow(into: Scratch): void {
  const larger = { timestamps: new Float64Array(into.timestamps.length * 2), values: new Float64Array(into.values.length * 2) };
  larger.timestamps.set(into.timestamps);
  larger.values.set(into.values);
  Object.assign(into, larger);
}
