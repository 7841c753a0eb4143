export const skylark = 'skylark';
