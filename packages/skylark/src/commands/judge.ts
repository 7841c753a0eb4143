import { defaultEnsembleSettings, judge } from '@skylark/algorithms';
import type { Series, Verdict } from '@skylark/core';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { type CommandContext, print } from '../cli/command-context.js';
import { mapLines } from '../cli/map-lines.js';
import { inputName, openInput, peek } from '../cli/read-lines.js';
import { readCsvRows } from '../history/read-csv-rows.js';

const seconds = z.number().min(0);
const count = z.int().min(0);

/** A value that is not finite cannot be written in JSON; null stands for it and is judged as an error inside a test. */
const value = z.number().nullable();

const judgeLine = z
  .strictObject({
    id: z.union([z.string(), z.number()]).optional(),
    timestamps: z.array(z.number()),
    values: z.array(value),
    now: z.number().optional(),
    settings: z
      .strictObject({
        fullDuration: seconds,
        consensus: z.int().min(1),
        stalePeriod: seconds,
        minTolerableLength: count,
        maxTolerableBoredom: count,
        boredomSetSize: count,
      })
      .partial()
      .optional(),
  })
  .loose()
  .refine(({ timestamps, values }) => timestamps.length === values.length, 'timestamps and values differ in length');

type JudgeLine = z.infer<typeof judgeLine>;

export interface JudgeOptions {
  readonly ensemble: 'nine' | 'default';
  readonly dialect: 'etsy' | 'fixed';
}

/** The answer of `skylark judge` to one line: all votes, never stopped early; no clock, no store. */
export function judgeAnswer(line: JudgeLine, { ensemble, dialect }: JudgeOptions): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(line.settings ?? {}).filter(([, setting]) => setting !== undefined));
  const settings = { ...defaultEnsembleSettings, ...given, ensemble, dialect: ensemble === 'default' ? ('fixed' as const) : dialect };
  const series: Series = { metric: String(line.id ?? ''), timestamps: Float64Array.from(line.timestamps), values: Float64Array.from(line.values, (one) => one ?? NaN) };
  const verdict = judge(series, line.now ?? line.timestamps.at(-1) ?? 0, settings, { allVotes: true });
  return { id: line.id ?? null, ...verdictAnswer(verdict) };
}

function verdictAnswer(verdict: Verdict): Record<string, unknown> {
  if (verdict.status === 'skipped') {
    const { status, reason } = verdict;
    return { status, reason, votes: {}, score: 0, explanation: `Not judged: ${reason}.` };
  }
  const { status, votes, score, expected, explanation } = verdict;
  return {
    status,
    ...(verdict.status === 'normal' && verdict.reason !== undefined ? { reason: verdict.reason } : {}),
    votes,
    score,
    ...(expected === null ? {} : { expected }),
    explanation,
  };
}

export function judgeCommand(context: CommandContext): Command {
  return new Command('judge')
    .description('judge series offline: JSON lines {id, timestamps, values, now?, settings?} or a CSV timestamp,value')
    .argument('[file]', 'a file; - or nothing: stdin', '-')
    .addOption(new Option('--ensemble <name>', 'which ensemble').choices(['nine', 'default']).default('nine'))
    .addOption(new Option('--dialect <name>', 'how a quiet median_absolute_deviation votes').choices(['etsy', 'fixed']).default('fixed'))
    .addHelpText('after', '\nExample:\n  skylark judge latency.csv --dialect etsy')
    .action(async (file: string, options: JudgeOptions) => {
      const input = openInput(context, file);
      if (looksLikeCsv(await peek(input))) return print(context, judgeAnswer(await readCsv(file, input), options));
      await mapLines(context, { file, input }, judgeLine, (line) => judgeAnswer(line, options));
    });
}

/** A header with both columns; JSON lines begin with a brace. */
function looksLikeCsv(start: string): boolean {
  const [header = ''] = start.replace(/^\uFEFF/, '').trimStart().split('\n', 1);
  return !header.startsWith('{') && /timestamp/i.test(header) && /value/i.test(header);
}

async function readCsv(file: string, input: NodeJS.ReadableStream): Promise<JudgeLine> {
  const { timestamps, values } = await readCsvRows(inputName(file), input);
  const kept = values.flatMap((value, row) => (Number.isNaN(value) ? [] : [row]));
  return { id: file, timestamps: kept.map((row) => timestamps[row] ?? NaN), values: kept.map((row) => values[row] ?? NaN) };
}
