import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Response } from 'express';

/** Values written between two looks at the event loop. */
const sliceLength = 4096;

/**
 * Writes one JSON object: plain members first, then columns of numbers, slice by slice, waiting for a slow reader, so that a
 * million datapoints neither block the event loop nor pile up. Numbers must be finite. Ends early and quietly when the client leaves.
 */
export async function writeJsonColumns(response: Response, members: Readonly<Record<string, unknown>>, columns: Readonly<Record<string, Float64Array>>): Promise<void> {
  response.type('json');
  await write(response, JSON.stringify(members).slice(0, -1));
  let separator = Object.keys(members).length === 0 ? '' : ',';
  for (const [name, column] of Object.entries(columns)) {
    await write(response, `${separator}${JSON.stringify(name)}:[`);
    for (let start = 0; start < column.length && !response.destroyed; start += sliceLength) {
      await write(response, (start === 0 ? '' : ',') + column.subarray(start, start + sliceLength).join(','));
      if (column.length > sliceLength) await nextTurn();
    }
    await write(response, ']');
    separator = ',';
  }
  response.end('}');
}

async function write(response: Response, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return;
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
  response.off('close', leave);
}
