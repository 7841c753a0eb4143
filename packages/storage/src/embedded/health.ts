import type { HealthCheck, Sample } from '@skylark/core';
import type { Environment } from './environment.js';
import type { WriteState } from './write-gate.js';

const reasons: Readonly<Record<Exclude<WriteState, 'ok'>, string>> = {
  full: 'the disk is full: reading goes on, writing is tried again every second',
  failed: 'the disk reported a failure: restart needed before anything is acknowledged again',
  closed: 'closed',
};

/** Lines of /readyz. Damage found since the start counts until the next one: somebody should look at the disk. */
export function embeddedHealth({ writeState, damage }: Environment): HealthCheck[] {
  const state = writeState();
  const damaged = [...damage.counts().values()].reduce((sum, count) => sum + count, 0);
  const store = state !== 'ok' ? { ok: false, reason: reasons[state] }
    : damaged > 0 ? { ok: false, reason: `${damaged} damaged records or pages were set aside, the rest is served (since this start)` }
      : { ok: true };
  return [
    { name: 'store', ...store },
    state === 'failed' ? { name: 'durability', ok: false, reason: reasons.failed } : { name: 'durability', ok: true, reason: 'synced before it is acknowledged' },
    { name: 'index', ok: state !== 'closed' },
    { name: 'queue', ok: state !== 'closed' },
  ];
}

export function embeddedSamples({ writeState, damage, size }: Environment): Sample[] {
  const state = writeState();
  if (state === 'closed') return [];
  return [
    { name: 'skylark_store_bytes', help: 'Bytes of the store in use', kind: 'gauge', labels: {}, value: size().bytes },
    { name: 'skylark_store_writable', help: '1 while the store takes writes', kind: 'gauge', labels: {}, value: state === 'ok' ? 1 : 0 },
    ...[...damage.counts()].map(([kind, value]): Sample => ({ name: 'skylark_store_damaged_records_total', help: 'Records that failed their checksum and were set aside', kind: 'counter', labels: { kind }, value })),
  ];
}
