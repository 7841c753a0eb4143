/** What a token allows: each includes those before it. */
export const scopes = ['read', 'write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** What a route asks for; `open`: nothing. */
export type Access = 'open' | Scope;

/** Who asks, as far as is known. */
export interface Caller {
  /** The token's name; goes into what people say of an anomaly. */
  readonly name: string;
  /** null: nobody knows them; only open routes. */
  readonly may: Scope | null;
  readonly via: 'nothing' | 'header' | 'cookie';
}

/** A token as the settings give it. Kept hashed from then on. */
export interface Token {
  readonly name: string;
  readonly token: string;
  readonly may: Scope;
}

export interface AccessOptions {
  /** None: everybody may all, from this machine only. */
  readonly tokens: readonly Token[];
  /** `--insecure-bind`: without tokens, answer other machines too, under any host name. */
  readonly insecure?: boolean;
}

/** @example allows('write', 'read') // true */
export function allows(may: Scope | null, asked: Access): boolean {
  return asked === 'open' || (may !== null && scopes.indexOf(may) >= scopes.indexOf(asked));
}
