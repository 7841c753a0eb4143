export { word } from '@skylark/core';
