// Compiles the kernels to dist/kernels.wasm, when a source is newer than it. Run by the build, and by tests that run from source.
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const layout = fileURLToPath(new URL('../src/kernels/layout.ts', import.meta.url));
const folder = fileURLToPath(new URL('../dist/', import.meta.url));
export const kernelsFile = `${folder}kernels.wasm`;

/** 4 GiB: the most a memory may grow to; the one handed in may be smaller. */
const mostPages = 65536;

export async function buildKernels() {
  const sources = [...readdirSync(here).filter((file) => /\.(ts|mjs)$/.test(file)).map((file) => here + file), layout];
  const written = statSync(kernelsFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (sources.every((source) => statSync(source).mtimeMs < written)) return kernelsFile;
  const binary = await compile();
  mkdirSync(folder, { recursive: true });
  const unfinished = `${kernelsFile}.${process.pid}`;
  writeFileSync(unfinished, binary);
  renameSync(unfinished, kernelsFile);
  return kernelsFile;
}

async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  let binary = null;
  const { error, stderr } = await asc.main([
    'index.ts', '--baseDir', here, '--outFile', 'kernels.wasm', '-O3', '--noAssert', '--converge', '--runtime', 'stub', '--enable', 'simd', '--enable', 'threads',
    '--importMemory', '--noExportMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', String(mostPages), '--use', 'abort=',
  ], { writeFile: (name, contents) => { if (name === 'kernels.wasm') binary = contents; } });
  if (error || !binary) throw new Error(`The kernels do not compile:\n${stderr.toString()}`);
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildKernels();
