const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A name as its UTF-8 bytes would give it back: a lone surrogate has none, and becomes U+FFFD. */
export function wellFormed(name: string): string {
  return /\p{Surrogate}/u.test(name) ? decoder.decode(encoder.encode(name)) : name;
}
