import { readFileSync } from 'node:fs';
import { buildKernels } from '../kernels/build-kernels.mjs';

/** The compiled kernels, built from the sources if need be: tests run from source. */
export async function compiledKernels(): Promise<Uint8Array> {
  return readFileSync(await buildKernels());
}
