import type { PortCall } from './memory/open-memory.js';
import type { Outcome } from './network.js';
import { startSeconds } from './data.js';
import { firstSlot, intervalSeconds } from './plan.js';

/** The lines of a run, for a person who looks for what went wrong. */
export interface Trace {
  readonly lines: readonly string[];
  add(line: () => string): void;
}

/** Nothing is kept, and no line is made, unless wanted: a run without a trace is ten times as fast, and a seed can be run again. */
export function createTrace(wanted: boolean, nowMs: () => number): Trace {
  const lines: string[] = [];
  return {
    lines,
    add(line) {
      if (wanted) lines.push(`${timeInWords(nowMs())}  ${line()}`);
    },
  };
}

/** `slot 3 +12.345 s`, counted from the first slot. */
function timeInWords(nowMs: number): string {
  const seconds = nowMs / 1000 - startSeconds;
  const slot = Math.floor(seconds / intervalSeconds);
  return `slot ${String(slot).padStart(2)} +${(seconds - slot * intervalSeconds).toFixed(3).padStart(6)} s`;
}

export function callInWords(name: string, { port, method, about }: PortCall<unknown>, outcome: Outcome): string {
  const result = 'error' in outcome ? `refused: ${outcome.error instanceof Error ? outcome.error.message : String(outcome.error)}` : inWords(outcome.answer);
  return `${name} ${port}.${method}(${about.map(inWords).join(', ')}) -> ${result}`;
}

/** Short enough for a line; slots are counted from the first. */
function inWords(value: unknown): string {
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (ArrayBuffer.isView(inner)) return `${inner.byteLength} bytes`;
    if (['detectors', 'votes', 'explanation', 'expected', 'acknowledged', 'mutedUntil', 'feedback', 'note', 'vector', 'fingerprint'].includes(key)) return undefined;
    return key === 'slot' && typeof inner === 'number' ? inner - firstSlot : inner;
  }) as string | undefined;
  if (text === undefined) return 'done';
  const counted = text.replace(/"(\d+)-(28\d{6})"/g, (_, shard: string, slot: string) => `"${shard}-slot ${Number(slot) - firstSlot}"`).replace(/\b1680\d{6}(\.\d+)?\b/g, (at) => `@${((Number(at) - startSeconds) / intervalSeconds).toFixed(1)}`);
  return counted.length > 240 ? `${counted.slice(0, 240)}...` : counted;
}
