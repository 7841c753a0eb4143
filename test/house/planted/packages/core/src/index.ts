export interface Word {
  readonly text: string;
}
export const word: Word = { text: 'skylark' };
