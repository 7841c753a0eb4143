export const run = (text: string): unknown => eval(text);
export const make = (text: string): unknown => new Function(text);
