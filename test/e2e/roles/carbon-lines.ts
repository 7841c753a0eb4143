import { createConnection } from 'node:net';
import type { Series } from '@skylark/core';

export function linesOf({ metric, timestamps, values }: Pick<Series, 'metric' | 'timestamps' | 'values'>): string {
  return Array.from(timestamps, (timestamp, i) => `${metric} ${values[i]} ${timestamp}\n`).join('');
}

/** Sends text to a carbon listener over TCP and waits until it has been taken in whole. */
export async function sendCarbon(address: string, text: string): Promise<void> {
  const [host = '', port = ''] = address.split(/:(?=\d+$)/);
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection({ host, port: Number(port) });
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.resume();
    socket.end(text);
  });
}

/** A counter of a process' /metrics: of one set of labels, or the sum over all. */
export async function counterOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
