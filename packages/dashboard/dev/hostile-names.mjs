import { readFileSync } from 'node:fs';

const payloads = JSON.parse(readFileSync(new URL('hostile-names.json', import.meta.url), 'utf8'));

/** 300 names somebody may send on purpose. None of them may run, nest or turn anything around. */
export const hostileNames = Array.from({ length: 300 }, (_, i) => (i < payloads.length ? payloads[i] : `${payloads[i % payloads.length]}.${i}`));
