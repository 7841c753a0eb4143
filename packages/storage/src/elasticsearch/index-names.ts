import { SkylarkError } from '@skylark/core';

/** The generation `put` writes to; it alone is cut by months. */
export const anomalies = 'anomalies';

/** An index of ours, by its name. */
export interface IndexName {
  readonly generation: string;
  /** `YYYY.MM`; null for generations that are not cut by time. */
  readonly month: string | null;
  readonly stamp: string;
}

/**
 * The names of all indices and aliases under one prefix.
 *
 * An index is `prefix-generation[-YYYY.MM]-stamp`. Readers use the alias `prefix-generation`; who writes uses the alias `<index>-writer`, so that a request that
 * arrives late never lands in another index than the one it was meant for. An index that is being built has the alias `<index>-building` and no other.
 */
export interface IndexNames {
  readonly prefix: string;
  /** Matches all indices, and those of other prefixes that begin with this one: parse what it finds. */
  readonly pattern: string;
  readonly deadLetters: string;
  reader(generation: string): string;
  writer(index: string): string;
  index(generation: string, month: string | null, stamp: string): string;
  building(index: string): string;
  discarded(index: string): string;
  parse(index: string): IndexName | null;
}

/** @throws SkylarkError `bad-config` for a prefix that Elasticsearch would refuse */
export function indexNames(prefix: string): IndexNames {
  if (!/^[a-z0-9][a-z0-9_.-]{0,99}$/.test(prefix)) throw new SkylarkError('bad-config', `elasticsearch prefix "${prefix}": lower case letters, digits, - _ . are allowed, at most 100`);
  return {
    prefix,
    pattern: `${prefix}-*`,
    deadLetters: `${prefix}-dead-letters`,
    reader: (generation) => `${prefix}-${checkGeneration(generation)}`,
    writer: (index) => `${index}-writer`,
    index: (generation, month, stamp) => [prefix, checkGeneration(generation), ...(month === null ? [] : [month]), stamp].join('-'),
    building: (index) => `${index}-building`,
    discarded: (index) => `${index}-discarded`,
    parse(index) {
      if (!index.startsWith(`${prefix}-`)) return null;
      const [, generation, month, stamp] = /^([a-z]+)(?:-(\d{4}\.\d{2}))?-([a-z0-9]+)$/.exec(index.slice(prefix.length + 1)) ?? [];
      if (generation === undefined || stamp === undefined || (generation === anomalies) !== (month !== undefined) || generation === 'dead') return null;
      return { generation, month: month ?? null, stamp };
    },
  };
}

function checkGeneration(generation: string): string {
  if (!/^[a-z]{1,30}$/.test(generation) || generation === 'dead') throw new SkylarkError('bad-request', `generation "${generation}": 1 to 30 letters a to z are allowed`);
  return generation;
}

/** The last second of the year 9999. */
const lastSecond = 253_402_300_799;

/** The month (UTC) an instant lies in; of one before 1970 or after 9999 the first or last there is. @example monthOf(1_700_000_000) // '2023.11' */
export function monthOf(seconds: number): string {
  const date = new Date(Math.min(lastSecond, Math.max(0, seconds)) * 1000);
  return `${String(date.getUTCFullYear()).padStart(4, '0')}.${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
}

/** The first instant after a month, seconds. @example endOfMonth('2023.12') // 1_704_067_200 */
export function endOfMonth(month: string): number {
  const [year, number] = month.split('.').map(Number);
  return Date.UTC(year!, number, 1) / 1000;
}
