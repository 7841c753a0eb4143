import { after, kindKey, kinds, type Kind } from './keys.js';
import type { TreeReader, TreeWriter } from './tree.js';

/**
 * Writes names that one of their two records has lost again from the other. A damaged record does not say whose name it was (its key may be what is
 * damaged), so after any damage all names are looked at.
 */
export function mendNames(writer: TreeWriter): void {
  for (const { key, name } of [...missingTwins(writer, kinds.name, kinds.nameCopy), ...missingTwins(writer, kinds.nameCopy, kinds.name)]) writer.put(key, name);
}

function missingTwins(reader: TreeReader, from: Kind, to: Kind): { key: Uint8Array; name: Uint8Array }[] {
  const found: { key: Uint8Array; name: Uint8Array }[] = [];
  const prefix = kindKey(from);
  reader.scan(prefix, after(prefix), (key, payload) => {
    const twin = Uint8Array.from(key);
    twin[0] = to;
    if (reader.get(twin) === undefined) found.push({ key: twin, name: new Uint8Array(payload) });
  });
  return found;
}
