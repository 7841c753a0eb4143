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

export interface LineSource {
  /** For messages. */
  readonly file: string | undefined;
  readonly input: NodeJS.ReadableStream;
}

/** What messages call a file. */
export function inputName(file: string | undefined): string {
  return file === undefined || file === '-' ? '<stdin>' : file;
}

/** The beginning of a stream, which is still to be read as a whole; '' when there is nothing in it. */
export async function peek(input: NodeJS.ReadableStream): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    input.once('readable', resolve).once('end', resolve).once('error', reject);
  });
  const chunk = input.read() as Buffer | string | null;
  if (chunk === null) return '';
  input.unshift(chunk);
  return chunk.toString();
}

/** Non-empty lines of a text, one at a time; an interrupt ends them. */
export async function* readLines(context: CommandContext, { file, input }: LineSource): AsyncGenerator<InputLine> {
  let number = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity, signal: context.signal })) {
    number++;
    if (text.trim() !== '') yield { text, place: `${inputName(file)}:${number}` };
  }
}
