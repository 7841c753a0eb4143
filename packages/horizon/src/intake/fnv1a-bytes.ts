/** 32-bit FNV-1a of `bytes[start, end)`: the same figure as core's `fnv1a` of the text, without making the text. */
export function fnv1aBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 2166136261;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 16777619);
  return hash >>> 0;
}
