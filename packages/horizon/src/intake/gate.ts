import type { Clock, NameMatcher, RejectionReason } from '@skylark/core';
import { checkMetricName } from '../names/metric-name.js';
import { createNameEncoder } from './name-encoder.js';
import { NameTable, unknownName } from './name-table.js';

export interface IntakeRules {
  /** Metrics that are not wanted; counted `skipped`. */
  readonly skip: readonly NameMatcher[];
  /** When not empty, only metrics that one of these means are wanted. */
  readonly keep: readonly NameMatcher[];
  /** Older datapoints are refused (`too-old`); null: any age. */
  readonly maxAgeSeconds: number | null;
  /** Datapoints further ahead are refused (`too-new`). */
  readonly maxFutureSeconds: number;
  /** Longest name, in bytes of UTF-8. */
  readonly maxNameBytes: number;
  /** Most metrics at a time; new names beyond are refused (`too-many-metrics`). */
  readonly maxMetrics: number;
  /** Most new names a minute; null: no limit. */
  readonly newMetricsPerMinute: number | null;
}

/** Stores keep timestamps in 32 bits. */
const endOfTime = 2 ** 32;
const minuteMs = 60_000;

/**
 * Decides what comes in: the name table with its limits, and the window of time. A name's verdict is found once and kept;
 * known metrics are never refused for load of new ones: what room a store has left is theirs.
 */
export class Gate {
  readonly rules: IntakeRules;
  readonly #clock: Clock;
  #table: NameTable;
  #kept: number;
  #skipped = 0;
  #minuteStartMs = -Infinity;
  #newThisMinute = 0;
  readonly #shortage: () => string | null;
  /** Seconds; as of the last `touch`. */
  now = 0;
  oldest = 0;
  newest = 0;

  /**
   * @param table names that are known already: those of the store
   * @param shortage why the store has no room for new names now; null when it has
   */
  constructor(rules: IntakeRules, clock: Clock, table = new NameTable(), shortage: () => string | null = () => null) {
    this.rules = rules;
    this.#clock = clock;
    this.#shortage = shortage;
    this.#table = table;
    this.#kept = table.count;
    this.touch();
  }

  get table(): NameTable {
    return this.#table;
  }

  /** Metrics known and wanted. */
  get kept(): number {
    return this.#kept;
  }

  /** Reads the clock: once for each chunk of input, not for each datapoint. */
  touch(): void {
    this.now = this.#clock.now();
    this.oldest = this.rules.maxAgeSeconds === null ? Number.MIN_VALUE : Math.max(Number.MIN_VALUE, this.now - this.rules.maxAgeSeconds);
    this.newest = this.now + this.rules.maxFutureSeconds;
  }

  /** Why a datapoint outside of the rules is refused; null when it is inside. */
  refusalOf(timestamp: number, value: number): RejectionReason | null {
    if (Number.isNaN(value)) return 'nan';
    if (!Number.isFinite(value)) return 'bad-value';
    if (!Number.isFinite(timestamp)) return 'bad-timestamp';
    if (timestamp > this.newest || timestamp >= endOfTime) return 'too-new';
    if (timestamp >= this.oldest) return null;
    return this.rules.maxAgeSeconds === null ? 'bad-timestamp' : 'too-old';
  }

  /** Why new names are turned away for load now; null when they are not. */
  get shortage(): string | null {
    return this.#shortage();
  }

  /** The id of a name that the table (the gate's own, or the one it replaced) does not know yet, or why it is refused: for a rule, or (`overload`) for load. */
  admit(bytes: Uint8Array, start: number, end: number, table = this.#table): number | RejectionReason {
    const { maxNameBytes, maxMetrics } = this.rules;
    if (end - start > maxNameBytes) return 'bad-name';
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
    if (checkMetricName(name, maxNameBytes) !== null) return 'bad-name';
    if (this.#isSkipped(name)) {
      this.#keepSkipped(bytes, start, end);
      return 'skipped';
    }
    if (this.#shortage() !== null) return 'overload';
    if (this.#kept >= maxMetrics || !this.#mayBeNew()) return 'too-many-metrics';
    return this.enter(bytes, start, end, table);
  }

  /** Enters a name whatever the limits say: what the store already holds, and what the process writes itself. */
  enter(bytes: Uint8Array, start: number, end: number, table = this.#table): number | RejectionReason {
    const id = table.add(bytes, start, end, false);
    if (id === unknownName) return 'too-many-metrics';
    this.#kept++;
    return id;
  }

  /** See `createNameEncoder`. */
  readonly encode = createNameEncoder();

  /** Goes on with another table of names. Ids given before belong to the old one. */
  replace(table: NameTable): void {
    this.#table = table;
    this.#kept = table.count;
    this.#skipped = 0;
  }

  #isSkipped(name: string): boolean {
    const { skip, keep } = this.rules;
    return skip.some((matches) => matches(name)) || (keep.length > 0 && !keep.some((matches) => matches(name)));
  }

  /** Verdicts of skipped names are kept for as many names again as may be metrics; beyond that they are found anew each time. */
  #keepSkipped(bytes: Uint8Array, start: number, end: number): void {
    if (this.#skipped < this.rules.maxMetrics && this.#table.add(bytes, start, end, true) !== unknownName) this.#skipped++;
  }

  #mayBeNew(): boolean {
    const limit = this.rules.newMetricsPerMinute;
    if (limit === null) return true;
    const now = this.#clock.elapsedMs();
    if (now - this.#minuteStartMs >= minuteMs) {
      this.#minuteStartMs = now;
      this.#newThisMinute = 0;
    }
    return this.#newThisMinute++ < limit;
  }
}
