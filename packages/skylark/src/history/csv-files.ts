import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { SkylarkError } from '@skylark/core';
import { parse } from 'csv-parse';
import { parseTimestamp } from './parse-timestamp.js';

export interface CsvFile {
  readonly path: string;
  /** A folder keeps relative paths, a file its name; with `/` between parts. */
  readonly name: string;
}

/** The CSV files of paths: a file as it is, a folder with all below it, in order of name. */
export async function findCsvFiles(paths: readonly string[]): Promise<CsvFile[]> {
  const files: CsvFile[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      files.push({ path, name: basename(path) });
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith('.csv')).map((entry) => join(entry.parentPath, entry.name));
    files.push(...found.sort().map((file) => ({ path: file, name: relative(path, file).split(sep).join('/') })));
  }
  return files;
}

/** The rows of a file as columns, in file order. `values[i]` is NaN and `blank[i]` true where the cell is empty. */
export interface CsvRows {
  readonly timestamps: readonly number[];
  /** The timestamp cells as written. */
  readonly timestampCells: readonly string[];
  readonly values: readonly number[];
  readonly valueCells: readonly string[];
}

/**
 * Reads a file with the columns timestamp and value, in any case and order.
 *
 * @throws SkylarkError bad-request with `file:line` for a missing column, an unreadable timestamp or value
 */
export async function readCsvRows(path: string): Promise<CsvRows> {
  const timestamps: number[] = [];
  const timestampCells: string[] = [];
  const values: number[] = [];
  const valueCells: string[] = [];
  const parser = createReadStream(path).pipe(parse({ bom: true, skip_empty_lines: true, relax_column_count: true, info: true }));
  let columns: { timestamp: number; value: number } | null = null;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (!columns) {
        columns = columnsOf(record, path);
        continue;
      }
      const timestampCell = record[columns.timestamp] ?? '';
      const valueCell = (record[columns.value] ?? '').trim();
      const timestamp = parseTimestamp(timestampCell);
      const value = valueCell === '' ? NaN : Number(valueCell);
      if (timestamp === null) throw new SkylarkError('bad-request', `${path}:${info.lines} timestamp ${JSON.stringify(timestampCell)} is neither epoch seconds nor ISO 8601`);
      if (valueCell !== '' && !Number.isFinite(value)) throw new SkylarkError('bad-request', `${path}:${info.lines} value ${JSON.stringify(valueCell)} is not a finite number`);
      timestamps.push(timestamp);
      timestampCells.push(timestampCell);
      values.push(value);
      valueCells.push(valueCell);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')) throw new SkylarkError('bad-request', `${path}: ${error.message}`, { cause: error });
    throw error;
  }
  return { timestamps, timestampCells, values, valueCells };
}

function columnsOf(header: readonly string[], path: string): { timestamp: number; value: number } {
  const names = header.map((name) => name.trim().toLowerCase());
  const columns = { timestamp: names.indexOf('timestamp'), value: names.indexOf('value') };
  if (columns.timestamp < 0 || columns.value < 0) throw new SkylarkError('bad-request', `${path}:1 the columns timestamp and value are needed; found ${names.join(', ')}`);
  return columns;
}
