import type { KernelMemory } from './web-assembly.js';

/** The memory as numbers. */
export interface MemoryViews {
  readonly bytes: Uint8Array;
  readonly shorts: Uint16Array;
  readonly ints: Int32Array;
  readonly words: Uint32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
}

/** Views of all of the memory, made anew when it has grown. */
export function memoryViews(memory: KernelMemory): () => MemoryViews {
  let views: MemoryViews | null = null;
  return () => {
    const buffer = memory.buffer;
    if (views === null || views.bytes.buffer !== buffer) {
      views = {
        bytes: new Uint8Array(buffer), shorts: new Uint16Array(buffer), ints: new Int32Array(buffer),
        words: new Uint32Array(buffer), floats: new Float32Array(buffer), doubles: new Float64Array(buffer),
      };
    }
    return views;
  };
}
