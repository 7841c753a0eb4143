/** One written value and where it stands: `skylark.yaml:3:5`, `SKYLARK_API__PORT`, `--port`, `default`. */
export interface WrittenValue {
  readonly value: unknown;
  readonly origin: string;
  /** Where a part of the value stands, for values that are lists or maps. */
  readonly originOf?: (path: readonly PropertyKey[]) => string;
}

/** What one source said, by setting name as written there; names may be wrong. */
export type Written = ReadonlyMap<string, WrittenValue>;
