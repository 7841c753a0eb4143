import { ingestProtocols, rejectionReasons, type Clock, type IngestProtocol, type Logger, type RejectionReason, type Sample } from '@skylark/core';

/** Index of a protocol in the counters' columns. Writers inside the process count apart, as `internalProtocol`, and are not reported. */
export const internalProtocol = ingestProtocols.length;

export function protocolIndex(protocol: IngestProtocol): number {
  return ingestProtocols.indexOf(protocol);
}

const reasonCount = rejectionReasons.length;
const reasonIndex: ReadonlyMap<RejectionReason, number> = new Map(rejectionReasons.map((reason, index) => [reason, index]));
const logEveryMs = 60_000;

interface LogState {
  loggedMs: number;
  unlogged: number;
}

/**
 * The four ingest counters. Whoever takes an item from the wire counts it `received` once, and later exactly one of accepted, rejected, dropped:
 * when nothing is under way, received = accepted + rejected + dropped for each protocol.
 */
export class IngestCounters {
  /** Columns by protocol index; the hot path adds to them itself. */
  readonly received = new Float64Array(internalProtocol + 1);
  readonly accepted = new Float64Array(internalProtocol + 1);
  readonly #rejected = new Float64Array((internalProtocol + 1) * reasonCount);
  readonly #dropped = new Float64Array((internalProtocol + 1) * reasonCount);
  readonly #logged = new Map<string, LogState>();
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Unusable, or refused by a rule. */
  reject(protocol: number, reason: RejectionReason, count = 1): void {
    this.#add(this.#rejected, protocol, reason, count);
    this.#log('intake.rejected', protocol, reason, count);
  }

  /** Valid, but refused for load. */
  drop(protocol: number, reason: RejectionReason, count = 1): void {
    this.#add(this.#dropped, protocol, reason, count);
    this.#log('intake.dropped', protocol, reason, count);
  }

  samples(): Sample[] {
    return ingestProtocols.flatMap((protocol, index) => [
      counter('skylark_ingest_received_total', 'Items that arrived', { protocol }, this.received[index] ?? 0),
      counter('skylark_ingest_accepted_total', 'Items that are stored', { protocol }, this.accepted[index] ?? 0),
      ...byReason(this.#rejected, index).map(({ reason, value }) => counter('skylark_ingest_rejected_total', 'Items unusable, or refused by a rule', { protocol, reason }, value)),
      ...byReason(this.#dropped, index).map(({ reason, value }) => counter('skylark_ingest_dropped_total', 'Valid items refused for load', { protocol, reason }, value)),
    ]);
  }

  #add(column: Float64Array, protocol: number, reason: RejectionReason, count: number): void {
    const index = protocol * reasonCount + (reasonIndex.get(reason) ?? 0);
    column[index] = (column[index] ?? 0) + count;
  }

  /** The first of a reason at once, then at most one line a minute with how many there were since. */
  #log(event: string, protocol: number, reason: RejectionReason, count: number): void {
    const now = this.#clock.elapsedMs();
    const state = this.#logged.get(reason) ?? { loggedMs: -Infinity, unlogged: 0 };
    this.#logged.set(reason, state);
    state.unlogged += count;
    if (now - state.loggedMs < logEveryMs) return;
    this.#logger.warn(event, { reason, protocol: ingestProtocols[protocol] ?? 'internal', count: state.unlogged });
    state.loggedMs = now;
    state.unlogged = 0;
  }
}

function byReason(column: Float64Array, protocol: number): { reason: RejectionReason; value: number }[] {
  return rejectionReasons.map((reason, index) => ({ reason, value: column[protocol * reasonCount + index] ?? 0 })).filter(({ value }) => value > 0);
}

function counter(name: string, help: string, labels: Sample['labels'], value: number): Sample {
  return { name, help, kind: 'counter', labels, value };
}
