/**
 * What an ensemble said of a peak, as a sentence that also tells since when: whoever is woken by it reads nothing else.
 *
 * @param start seconds since the epoch
 * @example saidSince('412, 38 to 60 expected: above every forecast.', 1_764_000_030) // '412, 38 to 60 expected: above every forecast; since 2025-11-24 16:00 UTC.'
 */
export function saidSince(explanation: string, start: number): string {
  const time = new Date(start * 1000);
  const since = Number.isNaN(time.getTime()) ? '' : `; since ${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${explanation.replace(/\.$/, '')}${since}.`;
}
