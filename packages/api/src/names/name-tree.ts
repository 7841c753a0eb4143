/** One step down the names: all metrics that go on with a segment. */
export interface NameBranch {
  readonly segment: string;
  /** Metrics at or below it. */
  readonly metrics: number;
  /** Whether a metric ends here. */
  readonly leaf: boolean;
}

/**
 * The children of a prefix in the tree that dots make of sorted names; `''` is the root. Jumps over what lies below a child by binary search:
 * some microseconds a child, however many names there are.
 *
 * @param names ascending by UTF-16 unit, each once
 * @param prefix whole segments: `web.eu`, with or without a dot at its end
 * @example branchesOf(['a.b', 'a.b.c', 'a.d'], 'a') // [{ segment: 'b', metrics: 2, leaf: true }, { segment: 'd', metrics: 1, leaf: true }]
 */
export function branchesOf(names: readonly string[], prefix: string): NameBranch[] {
  const stem = prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
  const branches = new Map<string, { metrics: number; leaf: boolean }>();
  const end = firstAfter(names, stem);
  for (let at = firstNotBefore(names, stem); at < end; ) {
    const name = names[at]!;
    const dot = name.indexOf('.', stem.length);
    const segment = dot < 0 ? name.slice(stem.length) : name.slice(stem.length, dot);
    const next = dot < 0 ? at + 1 : Math.min(end, firstAfter(names, `${stem}${segment}.`));
    const branch = branches.get(segment) ?? { metrics: 0, leaf: false };
    branches.set(segment, { metrics: branch.metrics + next - at, leaf: branch.leaf || dot < 0 });
    at = next;
  }
  return [...branches].map(([segment, branch]) => ({ segment, ...branch })).sort((a, b) => (a.segment < b.segment ? -1 : 1));
}

/** Place of the first name that does not lie before a text. */
function firstNotBefore(names: readonly string[], text: string): number {
  return placeOf(names, (name) => name < text);
}

/** Place of the first name after all that begin with a stem. */
function firstAfter(names: readonly string[], stem: string): number {
  return placeOf(names, (name) => name < stem || name.startsWith(stem));
}

function placeOf(names: readonly string[], isBefore: (name: string) => boolean): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(names[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
