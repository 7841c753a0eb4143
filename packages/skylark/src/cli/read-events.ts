export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** The events of a server-sent event stream (WHATWG HTML, 9.2.6), until it ends or is aborted. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of body) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event) yield event;
      }
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  }
}

function parseEvent(block: string): ServerSentEvent | null {
  const fields = block.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line));
  const data = fields.filter((field) => field?.[1] === 'data').map((field) => field?.[2] ?? '');
  if (data.length === 0) return null;
  return { event: fields.find((field) => field?.[1] === 'event')?.[2] ?? 'message', data: data.join('\n') };
}
