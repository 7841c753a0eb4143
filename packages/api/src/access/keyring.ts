import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Scope, Token } from './access.js';

/** A token without its secret. */
export interface Key {
  readonly name: string;
  readonly may: Scope;
}

/** The tokens of this process. Only their SHA-256 is kept; every comparison takes the same time. */
export interface Keyring {
  readonly size: number;
  find(secret: string): Key | null;
  /** A page's session: says who until when (seconds), signed with the token's hash, so any api with the same tokens knows it and a changed token ends it. */
  seal(key: Key, until: number): string;
  unseal(session: string, now: number): Key | null;
}

interface Entry extends Key {
  readonly hash: Buffer;
}

export function createKeyring(tokens: readonly Token[]): Keyring {
  const entries: readonly Entry[] = tokens.map(({ name, may, token }) => ({ name, may, hash: sha256(token) }));
  const sign = (entry: Entry, until: number): string => createHmac('sha256', entry.hash).update(`skylark session ${until} ${entry.name}`).digest('base64url');
  return {
    size: entries.length,
    find: (secret) => findEqual(entries, ({ hash }) => hash, sha256(secret)),
    seal(key, until) {
      const entry = entries.find(({ name, may }) => name === key.name && may === key.may);
      if (!entry) throw new TypeError('a session is sealed for a key of this ring');
      return `${until}.${sign(entry, until)}`;
    },
    unseal(session, now) {
      const [, until, signature] = /^(\d{1,12})\.([\w-]{43})$/.exec(session) ?? [];
      if (until === undefined || signature === undefined || Number(until) <= now) return null;
      return findEqual(entries, (entry) => Buffer.from(sign(entry, Number(until))), Buffer.from(signature));
    },
  };
}

/** Looks at every entry, whether or not one was found. */
function findEqual(entries: readonly Entry[], of: (entry: Entry) => Buffer, wanted: Buffer): Key | null {
  let found: Key | null = null;
  for (const entry of entries) {
    const held = of(entry);
    if (held.length === wanted.length && timingSafeEqual(held, wanted)) found = { name: entry.name, may: entry.may };
  }
  return found;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
