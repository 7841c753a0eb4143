import { SkylarkError } from '@skylark/core';
import type { z } from 'zod';
import { type CommandContext, note, print } from './command-context.js';
import { type InputLine, type LineSource, openInput, readLines } from './read-lines.js';

/**
 * One JSON line in, one out. A line that is not usable is named on stderr, the others go on, and the command ends with 1.
 */
export async function mapLines<Input>(
  context: CommandContext,
  source: string | undefined | LineSource,
  schema: z.ZodType<Input>,
  answer: (input: Input) => unknown,
): Promise<void> {
  for await (const line of readLines(context, typeof source === 'object' ? source : { file: source, input: openInput(context, source) })) {
    const problem = answerLine(line, schema, (input) => print(context, answer(input)));
    if (problem === null) continue;
    note(context, `${line.place}: ${problem}`);
    context.setExitCode(1);
  }
}

function answerLine<Input>(line: InputLine, schema: z.ZodType<Input>, use: (input: Input) => void): string | null {
  let json: unknown;
  try {
    json = JSON.parse(line.text);
  } catch (error) {
    return error instanceof Error ? error.message : 'not JSON';
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`).join('; ');
  try {
    use(parsed.data);
    return null;
  } catch (error) {
    if (error instanceof SkylarkError) return error.message;
    throw error;
  }
}
