const quote = 0x22;
const backslash = 0x5c;

/**
 * Whether brackets and braces are nested more than `maxDepth` deep, found without parsing. For texts that are no JSON the answer is some answer.
 *
 * @example isDeeperThan(Buffer.from('[[1]]'), 1) // true
 */
export function isDeeperThan(bytes: Uint8Array, maxDepth: number): boolean {
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === quote) {
      for (i++; i < bytes.length && bytes[i] !== quote; i++) if (bytes[i] === backslash) i++;
    } else if ((byte | 0x20) === 0x7b) {
      // [ and { differ in one bit, and so do ] and }.
      if (++depth > maxDepth) return true;
    } else if ((byte | 0x20) === 0x7d) depth--;
  }
  return false;
}
