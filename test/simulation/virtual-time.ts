/** Something that happens at a time; `cancel` keeps it from happening. */
export interface Appointment {
  cancel(): void;
}

/** The one time of a run: appointments in order, those of the same millisecond in the order they were made. */
export interface VirtualTime {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  at(ms: number, action: () => void): Appointment;
  /** Keeps all appointments up to a time. After each, every promise that can go on goes on before the next. */
  run(untilMs: number): Promise<void>;
}

interface Entry {
  readonly ms: number;
  readonly order: number;
  action: (() => void) | null;
}

export function createVirtualTime(startMs: number): VirtualTime {
  const heap: Entry[] = [];
  let [now, order] = [startMs, 0];
  return {
    nowMs: () => now,
    at(ms, action) {
      const entry: Entry = { ms: Math.max(ms, now), order: order++, action };
      push(heap, entry);
      return { cancel: () => void (entry.action = null) };
    },
    async run(untilMs) {
      await settled();
      for (let kept = 1; heap.length > 0 && heap[0]!.ms <= untilMs; ) {
        const { ms, action } = pop(heap);
        if (action === null) continue;
        now = ms;
        action();
        await settled();
        if (kept++ % turnEvery === 0) await turn();
      }
      now = Math.max(now, untilMs);
    },
  };
}

/** When no promise can go on any more: Node empties its queue of them before it comes to this. A turn of the event loop would do, too, at three times the cost. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** Whoever runs the tests wants to hear from this process now and then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const turnEvery = 1000;

const before = (a: Entry, b: Entry): boolean => a.ms < b.ms || (a.ms === b.ms && a.order < b.order);

function push(heap: Entry[], entry: Entry): void {
  let place = heap.push(entry) - 1;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (!before(entry, heap[parent]!)) break;
    heap[place] = heap[parent]!;
    place = parent;
  }
  heap[place] = entry;
}

function pop(heap: Entry[]): Entry {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let place = 0;
  for (let child = 1; child < heap.length; child = 2 * place + 1) {
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
    if (!before(heap[child]!, last)) break;
    heap[place] = heap[child]!;
    place = child;
  }
  heap[place] = last;
  return first;
}
