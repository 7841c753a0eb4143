export const horizon = 'horizon';
