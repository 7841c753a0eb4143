export declare const kernelsFile: string;
/** Compiles the kernels where they are missing or older than their sources; answers the path of kernels.wasm. */
export declare function buildKernels(): Promise<string>;
