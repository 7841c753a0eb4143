import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvents, type ServerSentEvent } from './read-events.js';

async function* inPieces(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const length of lengths) yield bytes.subarray(at, (at += length));
  yield bytes.subarray(at);
}

async function collected(events: AsyncIterable<ServerSentEvent>): Promise<ServerSentEvent[]> {
  const all: ServerSentEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const eventsOf = (text: string, lengths: readonly number[] = []) => collected(readEvents(inPieces(new TextEncoder().encode(text), lengths)));

describe('readEvents', () => {
  it('reads events with their data, and leaves comments and heartbeats out', async () => {
    expect(await eventsOf(': hello\n\nid: 7\nevent: anomaly.opened\ndata: {"a":1}\n\n:\n\ndata: x\ndata: y\n\nevent: none\n\n')).toEqual([
      { event: 'anomaly.opened', data: '{"a":1}' },
      { event: 'message', data: 'x\ny' },
    ]);
  });

  it('drops an event that was cut off', async () => expect(await eventsOf('data: 1\n\ndata: 2\n')).toEqual([{ event: 'message', data: '1' }]));

  it('reads the same however the bytes were cut', async () => {
    const text = 'event: anomaly.opened\r\ndata: {"metric":"温度🦤"}\r\n\r\ndata: 2\n\n';
    const whole = await eventsOf(text);
    expect(whole).toHaveLength(2);
    await fc.assert(fc.asyncProperty(fc.array(fc.nat({ max: 9 }), { maxLength: 30 }), async (lengths) => {
      expect(await eventsOf(text, lengths)).toEqual(whole);
    }));
  });

  it('ends without a fuss when it is aborted, and passes every other error on', async () => {
    const failing = async function* (error: Error): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('data: 1\n\n');
      throw error;
    };
    expect(await collected(readEvents(failing(new DOMException('stop', 'AbortError'))))).toHaveLength(1);
    await expect(collected(readEvents(failing(new Error('gone'))))).rejects.toThrow('gone');
  });
});
