export { algorithms } from '@skylark/algorithms';
