export { horizon } from '@skylark/horizon';
