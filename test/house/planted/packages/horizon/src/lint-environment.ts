export const home = process.env['HOME'];
export const args = process.argv;
