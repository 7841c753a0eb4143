export { blockSpan, decodeBlock, encodeBlock, maxBlockDatapoints } from './codec/block.js';
export type { BlockSpan } from './codec/block.js';
export { crc32c } from './codec/crc32c.js';
