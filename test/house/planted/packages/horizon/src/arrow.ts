export { storage } from '@skylark/storage';
