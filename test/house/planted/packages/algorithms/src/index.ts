export const algorithms = 'algorithms';
