import type { Cluster, Redis } from 'ioredis';

/**
 * Connects a client again that ioredis gave up though nobody asked it to: it does so when a connection is closed while the Sentinels are still being
 * asked for the primary, as happens in the middle of a failover (SentinelConnector: "Connection is closed" and then the state `end`, for ever).
 */
export function stayConnected<Client extends Redis | Cluster>(client: Client, afterMs: number): Client {
  let isOver = false;
  const disconnect = client.disconnect.bind(client);
  client.disconnect = (reconnect = false) => {
    isOver ||= !reconnect;
    disconnect(reconnect);
  };
  const quit = client.quit.bind(client);
  client.quit = (() => {
    isOver = true;
    return quit();
  });
  client.on('end', () => {
    if (isOver) return;
    setTimeout(() => {
      if (!isOver) client.connect().catch(() => undefined);
    }, afterMs);
  });
  return client;
}
