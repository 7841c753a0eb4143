const firstMs = 500;
const longestMs = 60_000;

/**
 * How long to wait before the next try: doubling from half a second to a minute, less up to half of it by chance, so that many
 * importers do not return at once.
 *
 * @param failures tries that failed in a row, from 1
 * @param random from 0 to 1
 */
export function backoffMs(failures: number, random: () => number): number {
  const full = Math.min(longestMs, firstMs * 2 ** (failures - 1));
  return full * (1 - random() / 2);
}
