/**
 * Names to UTF-8 in a buffer that is overwritten by the next call; null for a name that has no UTF-8 (a lone surrogate).
 *
 * @example createNameEncoder()('web.1.cpu')?.length // 9
 */
export function createNameEncoder(): (name: string) => Uint8Array | null {
  const encoder = new TextEncoder();
  let scratch = new Uint8Array(4096);
  return (name) => {
    if (scratch.length < 3 * name.length) scratch = new Uint8Array(6 * name.length);
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      if (code > 0x7f) return /\p{Surrogate}/u.test(name) ? null : scratch.subarray(0, encoder.encodeInto(name, scratch).written);
      scratch[i] = code;
    }
    return scratch.subarray(0, name.length);
  };
}
