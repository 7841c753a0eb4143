/** The same bytes as a Buffer, not copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * UTF-8 bytes to text; null when they are not UTF-8. A leading byte order mark is kept. ASCII, nearly all there is, does without TextDecoder,
 * whose every call costs as much as a line of carbon.
 */
export function createTextReader(): (bytes: Buffer, start: number, end: number) => string | null {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  return (bytes, start, end) => {
    let i = start;
    while (i < end && bytes[i]! < 0x80) i++;
    if (i === end) return bytes.toString('latin1', start, end);
    decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    try {
      return decoder.decode(bytes.subarray(start, end));
    } catch {
      return null;
    }
  };
}
