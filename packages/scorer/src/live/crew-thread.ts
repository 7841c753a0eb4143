import { workerData } from 'node:worker_threads';
import { createKernels, serveBoard } from '@skylark/algorithms';
import type { CrewThreadData } from './search-crew.js';

/** A thread of a search crew: takes its part of every search until it is sent home. */
const { memory, wasm, address, thread } = workerData as CrewThreadData;
serveBoard({ memory, kernels: createKernels(memory, wasm).kernels, address, thread });
