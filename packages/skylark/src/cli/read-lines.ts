import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { CommandContext } from './command-context.js';

/** The bytes of a file, or of stdin for `-` and for nothing. */
export function openInput(context: CommandContext, file: string | undefined): NodeJS.ReadableStream {
  return file === undefined || file === '-' ? context.stdin : createReadStream(file);
}

export async function readAll(context: CommandContext, file: string | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of openInput(context, file)) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks);
}

export interface InputLine {
  readonly text: string;
  /** `FILE:LINE`, for messages. */
  readonly place: string;
}

/** Non-empty lines of a text, one at a time; an interrupt ends them. */
export async function* readLines(context: CommandContext, file: string | undefined): AsyncGenerator<InputLine> {
  const name = file === undefined || file === '-' ? '<stdin>' : file;
  let number = 0;
  for await (const text of createInterface({ input: openInput(context, file), crlfDelay: Infinity, signal: context.signal })) {
    number++;
    if (text.trim() !== '') yield { text, place: `${name}:${number}` };
  }
}
