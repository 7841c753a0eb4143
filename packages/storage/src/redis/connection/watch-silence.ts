import { Cluster, type Redis } from 'ioredis';

const ticks = 9;

/**
 * Closes a connection on which commands wait and not a byte of an answer arrives for `silentMs`: nothing else ever ends it when packets are dropped. Then all
 * that waits is rejected and the client connects anew.
 *
 * ioredis' own `socketTimeout` goes by the clock, so that it also closes a connection whose answers lie unread because this process itself was busy. Here
 * each tick is a turn of the event loop in which they would have been read.
 */
export function watchSilence<Client extends Redis | Cluster>(client: Client, silentMs: number): Client {
  if (client instanceof Cluster) client.on('+node', (node: Redis) => watch(node, silentMs));
  else watch(client, silentMs);
  return client;
}

function watch(client: Redis, silentMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  client.on('connect', () => {
    let silent = 0;
    let bytesBefore = -1;
    clearInterval(timer);
    timer = setInterval(() => {
      const { stream, commandQueue } = client;
      const isSilent = commandQueue.length > 0 && stream.bytesRead === bytesBefore;
      silent = isSilent ? silent + 1 : 0;
      bytesBefore = stream.bytesRead;
      if (silent >= ticks) stream.destroy(new Error(`Socket timeout: no answer for ${silentMs} ms`));
    }, silentMs / (ticks + 1)).unref();
  });
  client.on('close', () => clearInterval(timer));
}
