import { BroadcastChannel } from 'node:worker_threads';

/** What one thread learns of the disk and all threads of the folder must know. */
export type StoreNews = { readonly what: 'failed'; readonly reason: string } | { readonly what: 'damaged'; readonly kind: string };

export interface StoreNewsChannel {
  readonly tell: (news: StoreNews) => void;
  readonly close: () => void;
}

/** Connects the threads of this process that have a folder open. Does not keep the process alive. */
export function openStoreNews(folder: string, heard: (news: StoreNews) => void): StoreNewsChannel {
  const channel = new BroadcastChannel(`skylark store ${folder}`);
  channel.onmessage = (event) => heard((event as { data: StoreNews }).data);
  channel.unref();
  return { tell: (news) => channel.postMessage(news), close: () => channel.close() };
}
