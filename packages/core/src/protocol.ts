/** Protocols of the ingest counters. */
export const ingestProtocols = ['carbon-tcp', 'carbon-udp', 'pickle', 'msgpack', 'json', 'influx', 'kafka'] as const;
export type IngestProtocol = (typeof ingestProtocols)[number];

/** The one list of reasons for all protocols. Rejected: unusable or refused by a rule. Dropped: valid, refused for load. */
export const rejectionReasons = [
  'syntax', 'bad-name', 'bad-value', 'nan', 'bad-timestamp', 'too-old', 'too-new', 'too-long', 'incomplete', 'not-utf8',
  'hostile', 'not-numeric', 'skipped', 'too-many-metrics', 'store-away', 'overload',
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];
