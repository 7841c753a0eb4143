/** The part of the WebAssembly API that the kernels use. Node's own types leave it to the browser's. */
export interface KernelMemory {
  /** A SharedArrayBuffer; a new, longer one after `grow`, while views of the old one go on showing the same bytes. */
  readonly buffer: ArrayBufferLike;
  /** By pages of 64 KiB; answers how many there were. */
  grow(pages: number): number;
}

interface WebAssemblyLike {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => KernelMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: { env: { memory: KernelMemory } }) => { readonly exports: object };
  readonly validate: (bytes: Uint8Array) => boolean;
}

export const wasmPageBytes = 65536;

function webAssembly(): WebAssemblyLike {
  return (globalThis as unknown as { readonly WebAssembly: WebAssemblyLike }).WebAssembly;
}

/**
 * A memory that threads share and kernels run on: begins small, grows as it is needed.
 *
 * @param maximumBytes at most 4 GiB; address space, not memory, is taken for it at once
 */
export function createKernelMemory(maximumBytes: number): KernelMemory {
  return new (webAssembly().Memory)({ initial: 1, maximum: Math.min(65536, Math.ceil(maximumBytes / wasmPageBytes)), shared: true });
}

/** Null where this machine cannot run the module: no SIMD, no threads, or damaged bytes. */
export function instantiate(bytes: Uint8Array, memory: KernelMemory): object | null {
  const { Module, Instance, validate } = webAssembly();
  return validate(bytes) ? new Instance(new Module(bytes), { env: { memory } }).exports : null;
}
