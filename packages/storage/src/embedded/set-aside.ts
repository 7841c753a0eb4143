import type { DamagedRecord } from './damage-log.js';
import { after, kindKey, kinds, readNumber, sequenceKey } from './keys.js';
import { mendNames } from './mend-names.js';
import type { Records } from './records.js';
import type { Tree, TreeReader, TreeWriter } from './tree.js';

const keptRecords = 1000;
const keptBytes = 64 * 1024;

/**
 * Takes damaged records out of their place and keeps them, as they were found, under keys of their own: the last thousand, for whoever wants to look into
 * them. Names are written again from their copies. Idempotent; a record that was written anew meanwhile stays.
 */
export async function setAside(tree: Tree, records: Records, damaged: readonly DamagedRecord[], now: number): Promise<void> {
  if (damaged.length === 0) return;
  await tree.write((writer) => {
    for (const record of damaged) setAsideOne(writer, records, record, now);
    mendNames(writer);
  });
}

function setAsideOne(writer: TreeWriter, records: Records, { key, value }: DamagedRecord, now: number): void {
  if (writer.get(key) !== undefined || !writer.remove(key)) return;
  const { first, last } = setAsideRange(writer);
  writer.put(sequenceKey(kinds.damaged, last + 1), records.pack({ key, value: value.subarray(0, keptBytes), bytes: value.length, at: now }));
  if (last + 1 - first >= keptRecords) writer.remove(sequenceKey(kinds.damaged, first));
}

function setAsideRange(reader: TreeReader): { first: number; last: number } {
  const from = kindKey(kinds.damaged);
  let first = 0;
  let last = 0;
  reader.keys(from, after(from), (key) => {
    first = readNumber(key, 1, 6);
    return false;
  });
  reader.keys(from, after(from), (key) => {
    last = readNumber(key, 1, 6);
    return false;
  }, { backwards: true });
  return { first: first || last + 1, last };
}
