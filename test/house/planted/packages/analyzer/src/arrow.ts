export { skylark } from '@skylark/skylark';
