export * from './index.js';
let counter = 0;
export interface IThing {
  readonly count: number;
}
export default function next(): IThing {
  return { count: counter++ };
}
