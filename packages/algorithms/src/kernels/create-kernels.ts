import type { Kernels } from './kernels.js';
import { plainKernels } from './plain-kernels.js';
import { instantiate } from './web-assembly.js';
import type { KernelMemory } from './web-assembly.js';

/** Where the build puts the compiled kernels: read them, hand them in. Beside `dist`, from the sources and from the build alike. */
export function kernelsUrl(): URL {
  return new URL('../../dist/kernels.wasm', import.meta.url);
}

/**
 * Kernels on a memory.
 *
 * @param wasm the bytes at `kernelsUrl()`; null for plain TypeScript
 * @returns `simd` false: the bytes were null, or this machine lacks SIMD or threads, and the twin does the work
 * @example const kernels = createKernels(createKernelMemory(2 ** 30), readFileSync(kernelsUrl()));
 */
export function createKernels(memory: KernelMemory, wasm: Uint8Array | null): { readonly kernels: Kernels; readonly simd: boolean } {
  const compiled = wasm === null ? null : instantiate(wasm, memory);
  return compiled === null ? { kernels: plainKernels(memory), simd: false } : { kernels: compiled as Kernels, simd: true };
}
