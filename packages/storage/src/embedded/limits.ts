export { checkId, maxIdBytes } from '../limits.js';
