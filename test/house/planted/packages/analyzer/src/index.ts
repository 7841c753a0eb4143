export const analyzer = 'analyzer';
