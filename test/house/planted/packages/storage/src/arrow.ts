export { analyzer } from '../../analyzer/src/index.js';
