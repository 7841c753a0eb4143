import type { DamagedRecord } from './damage-log.js';
import { after, kindKey, kinds, readNumber, sequenceKey } from './keys.js';
import type { Records } from './records.js';
import type { Tree, TreeReader, TreeWriter } from './tree.js';

const keptRecords = 1000;
const keptBytes = 64 * 1024;

/**
 * Takes damaged records out of their place and keeps them, as they were found, under keys of their own: the last thousand, for whoever wants to look into
 * them. A name is written again from its copy. Idempotent; a record that was written anew meanwhile stays.
 */
export async function setAside(tree: Tree, records: Records, damaged: readonly DamagedRecord[], now: number): Promise<void> {
  if (damaged.length === 0) return;
  await tree.write((writer) => {
    for (const record of damaged) setAsideOne(writer, records, record, now);
  });
}

function setAsideOne(writer: TreeWriter, records: Records, { key, value }: DamagedRecord, now: number): void {
  if (writer.get(key) !== undefined) return;
  const wasThere = writer.remove(key);
  const twin = nameTwin(key);
  const name = twin && writer.get(twin);
  if (name) writer.put(key, new Uint8Array(name));
  if (!wasThere && name) return;
  const { first, last } = setAsideRange(writer);
  writer.put(sequenceKey(kinds.damaged, last + 1), records.pack({ key, value: value.subarray(0, keptBytes), bytes: value.length, at: now }));
  if (last + 1 - first >= keptRecords) writer.remove(sequenceKey(kinds.damaged, first));
}

/** The other key of the two under which a name is kept. */
function nameTwin(key: Uint8Array): Uint8Array | null {
  if (key[0] !== kinds.name && key[0] !== kinds.nameCopy) return null;
  const twin = Uint8Array.from(key);
  twin[0] = key[0] === kinds.name ? kinds.nameCopy : kinds.name;
  return twin;
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
