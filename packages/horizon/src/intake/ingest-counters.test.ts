import { rejectionReasons, silentLogger, type LogFields } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../../../../test/clock.js';
import { IngestCounters, protocolIndex } from './ingest-counters.js';

describe('IngestCounters', () => {
  it('reports every protocol, and the reasons that occurred', () => {
    const counters = new IngestCounters(manualClock(0), silentLogger);
    const pickle = protocolIndex('pickle');
    counters.received[pickle]! += 5;
    counters.accepted[pickle]! += 2;
    counters.reject(pickle, 'nan', 2);
    counters.drop(pickle, 'overload');
    const seen = counters.samples().filter(({ value }) => value > 0).map(({ name, labels, value }) => [name, labels, value]);
    expect(seen).toEqual([
      ['skylark_ingest_received_total', { protocol: 'pickle' }, 5],
      ['skylark_ingest_accepted_total', { protocol: 'pickle' }, 2],
      ['skylark_ingest_rejected_total', { protocol: 'pickle', reason: 'nan' }, 2],
      ['skylark_ingest_dropped_total', { protocol: 'pickle', reason: 'overload' }, 1],
    ]);
    expect(counters.samples().length).toBe(7 * 2 + 2);
  });

  it('logs a reason at once and then once a minute with its count', () => {
    const clock = manualClock(0);
    const lines: [string, LogFields | undefined][] = [];
    const counters = new IngestCounters(clock, { ...silentLogger, warn: (event, fields) => lines.push([event, fields]) });
    for (let i = 0; i < 1000; i++) counters.reject(0, 'syntax');
    for (const reason of rejectionReasons) counters.reject(1, reason);
    expect(lines.length).toBe(rejectionReasons.length);
    clock.advance(60);
    counters.reject(0, 'syntax');
    expect(lines.at(-1)).toEqual(['intake.rejected', { reason: 'syntax', protocol: 'carbon-tcp', count: 1001 }]);
    expect(lines.length).toBe(rejectionReasons.length + 1);
  });
});
