import { createReadStream } from 'node:fs';
import { SkylarkError } from '@skylark/core';
import { parse } from 'csv-parse';
import { parseTimestamp } from './parse-timestamp.js';

/** The rows of a file as columns of equal length, in file order. */
export interface CsvRows {
  /** Seconds since the epoch. */
  readonly timestamps: readonly number[];
  /** NaN where the cell is blank. */
  readonly values: readonly number[];
  /** The value cells as written, less the space around them. */
  readonly valueCells: readonly string[];
  /** The cells of a column `metric`, as `skylark export csv` writes it; null: there is none. */
  readonly metricCells: readonly string[] | null;
}

interface Columns {
  readonly timestamp: number;
  readonly value: number;
  /** -1: none. */
  readonly metric: number;
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Reads a file with the columns timestamp and value, in any case and order; others but `metric` are left alone.
 *
 * @param input where the text comes from, when not from the file; `path` is then its name in messages
 * @throws SkylarkError bad-request with `file:line` for a missing column, an unreadable timestamp or value, broken quotes
 * @example await readCsvRows('latency.csv') // { timestamps: [1396311000], values: [42.5], valueCells: ['42.5'], metricCells: null }
 */
export async function readCsvRows(path: string, input: NodeJS.ReadableStream = createReadStream(path)): Promise<CsvRows> {
  const rows = { timestamps: [] as number[], values: [] as number[], valueCells: [] as string[] };
  const metricCells: string[] = [];
  let columns: Columns | null = null;
  try {
    for await (const { record, info } of parsed(input)) {
      if (!columns) {
        columns = columnsOf(record, path);
        continue;
      }
      const valueCell = (record[columns.value] ?? '').trim();
      rows.timestamps.push(timestampOf(record[columns.timestamp] ?? '', `${path}:${info.lines}`));
      rows.values.push(valueOf(valueCell, `${path}:${info.lines}`));
      rows.valueCells.push(valueCell);
      if (columns.metric >= 0) metricCells.push(record[columns.metric] ?? '');
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')) throw new SkylarkError('bad-request', `${path}: ${error.message}`, { cause: error });
    throw error;
  }
  if (!columns) throw new SkylarkError('bad-request', `${path} is empty; a header with the columns timestamp and value is needed`);
  return { ...rows, metricCells: columns.metric >= 0 ? metricCells : null };
}

async function* parsed(input: NodeJS.ReadableStream): AsyncGenerator<Parsed> {
  const parser = parse({ bom: true, skip_empty_lines: true, relax_column_count: true, info: true });
  input.once('error', (error: Error) => parser.destroy(error));
  yield* input.pipe(parser) as AsyncIterable<Parsed>;
}

function columnsOf(header: readonly string[], path: string): Columns {
  const names = header.map((name) => name.trim().toLowerCase());
  const columns = { timestamp: names.indexOf('timestamp'), value: names.indexOf('value'), metric: names.indexOf('metric') };
  if (columns.timestamp < 0 || columns.value < 0) throw new SkylarkError('bad-request', `${path}:1 the columns timestamp and value are needed; found ${names.join(', ').slice(0, 200)}`);
  return columns;
}

function timestampOf(cell: string, place: string): number {
  const timestamp = parseTimestamp(cell);
  if (timestamp === null) throw new SkylarkError('bad-request', `${place} timestamp ${JSON.stringify(cell.slice(0, 200))} is neither epoch seconds nor ISO 8601`);
  return timestamp;
}

function valueOf(cell: string, place: string): number {
  const value = cell === '' ? NaN : Number(cell);
  if (cell !== '' && !Number.isFinite(value)) throw new SkylarkError('bad-request', `${place} value ${JSON.stringify(cell.slice(0, 200))} is not a finite number`);
  return value;
}
