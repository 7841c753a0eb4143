import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exampleAnomaly } from './example-anomaly.js';
import { listenToEvents, type StreamState } from './live-events.js';

/** As much of an EventSource as the listener sees. */
class ScriptedSource extends EventTarget {
  readonly CLOSED = 2;
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  tell(name: string, data: string): void {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }
  close(): void {
    this.readyState = 2;
  }
}

describe('listenToEvents', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(): { sources: ScriptedSource[]; states: StreamState[]; events: string[]; missed: () => number; stop: () => void } {
    const sources: ScriptedSource[] = [];
    const states: StreamState[] = [];
    const events: string[] = [];
    let missed = 0;
    const open = (): EventSource => {
      const source = new ScriptedSource();
      sources.push(source);
      return source as unknown as EventSource;
    };
    const stop = listenToEvents({ open, now: () => 100, onEvent: (name, { id }) => events.push(`${name} ${id}`), onState: (state) => states.push(state), onMissed: () => missed++ });
    return { sources, states, events, missed: () => missed, stop };
  }

  it('hands over events, and leaves out what is no anomaly', () => {
    const { sources, events } = start();
    sources[0]?.tell('anomaly.opened', JSON.stringify(exampleAnomaly({ id: 'a' })));
    sources[0]?.tell('anomaly.closed', JSON.stringify(exampleAnomaly({ id: 'b' })));
    sources[0]?.tell('anomaly.opened', 'not json');
    sources[0]?.tell('anomaly.opened', '{}');
    expect(events).toEqual(['opened a', 'closed b']);
  });

  it('hands over that events were missed', () => {
    const { sources, missed } = start();
    sources[0]?.tell('resync', '{}');
    expect(missed()).toBe(1);
  });

  it('says since when the stream is lost, and that it is back', () => {
    const { sources, states } = start();
    sources[0]?.onopen?.();
    sources[0]?.onerror?.();
    sources[0]?.onopen?.();
    expect(states).toEqual([{ kind: 'connecting' }, { kind: 'live' }, { kind: 'lost', since: 100 }, { kind: 'live' }]);
    expect(sources).toHaveLength(1);
  });

  it('opens a refused stream anew, ever later, until it is stopped', () => {
    const { sources, stop } = start();
    const refuse = (): void => {
      const source = sources.at(-1);
      source?.close();
      source?.onerror?.();
    };
    refuse();
    vi.advanceTimersByTime(1000);
    expect(sources).toHaveLength(2);
    refuse();
    vi.advanceTimersByTime(1999);
    expect(sources).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(sources).toHaveLength(3);
    refuse();
    stop();
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(3);
  });
});
