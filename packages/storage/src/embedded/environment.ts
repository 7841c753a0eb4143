import { realpathSync } from 'node:fs';
import { SkylarkError, type Clock, type Logger } from '@skylark/core';
import { open, type RootDatabase } from 'lmdb';
import { createDamageLog, type DamageLog } from './damage-log.js';
import { createRecords } from './records.js';
import { setAside } from './set-aside.js';
import { openStoreNews } from './store-news.js';
import { treeReader, treeWriter, type Tree } from './tree.js';
import { CommitFailed, createWriteGate, type WriteGate, type WriteState } from './write-gate.js';

/** The open store: its tree, and how it fares. */
export interface Environment {
  readonly tree: Tree;
  readonly damage: DamageLog;
  readonly writeState: () => WriteState;
  /** Entries and bytes of the file in use. */
  readonly size: () => { entries: number; bytes: number };
  readonly close: () => Promise<void>;
}

export interface EnvironmentOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Address space, not memory: the library would otherwise remap as the file grows. Beyond this it does. */
const mapBytes = 2 ** 38;

/**
 * Opens `data.mdb` in the folder, with `overlappingSync: false`: a commit writes its pages, syncs them, writes the meta page through (O_DSYNC), and
 * only then resolves; test/integration/storage-power.test.ts takes the power away in between. The library's default shows a commit to readers before
 * it is synced and goes back to an older snapshot after a crash.
 */
export function openEnvironment({ folder, clock, logger }: EnvironmentOptions): Environment {
  const database = open<Uint8Array, Uint8Array>({
    path: folder, noSubdir: false, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false, mapSize: mapBytes, cache: false,
    // With it the library makes a promise of its own for each turn's batch, which nobody holds and which a failing disk rejects.
    eventTurnBatching: false,
  });
  const settingAside = createSettingAside({ clock, logger });
  const damage = createDamageLog(logger, (kind) => {
    settingAside.soon();
    news.tell({ what: 'damaged', kind });
  });
  const reader = treeReader(database, damage.found);
  const writer = treeWriter(database, reader);
  const gate = createWriteGate({ folder, clock, logger }, (reason) => news.tell({ what: 'failed', reason }));
  const news = openStoreNews(realpathSync(folder), (heard) => {
    if (heard.what === 'failed') gate.fail(heard.reason);
    else damage.foundElsewhere(heard.kind);
  });
  const underway = new Set<Promise<unknown>>();
  const write: Tree['write'] = (work) => {
    const written = gate.pass(() => commit(database, () => work(writer)));
    underway.add(written);
    const settled = (): boolean => underway.delete(written);
    written.then(settled, settled);
    return written;
  };
  const tree: Tree = { ...guarded(reader, gate), fresh: () => database.resetReadTxn(), write };
  settingAside.start(tree, damage);
  return {
    tree,
    damage,
    writeState: () => gate.state(),
    size: () => sizeOf(database),
    close: async () => {
      gate.close();
      await Promise.allSettled(underway);
      await database.close();
      news.close();
    },
  };
}

/** Sets damaged records aside in a turn of the event loop after the one that found them. */
function createSettingAside({ clock, logger }: Omit<EnvironmentOptions, 'folder'>): { readonly soon: () => void; readonly start: (tree: Tree, damage: DamageLog) => void } {
  let run: (() => Promise<void>) | null = null;
  let pending = false;
  const records = createRecords();
  return {
    soon() {
      if (pending || !run) return;
      pending = true;
      setImmediate(() => {
        pending = false;
        run?.().catch((error: unknown) => logger.warn('store.set-aside-failed', { reason: error instanceof Error ? error.message : String(error) }));
      });
    },
    start(tree, damage) {
      run = () => setAside(tree, records, damage.take(), clock.now());
    },
  };
}

/** Reads after the end are refused by us: the library's own refusal names no code. */
function guarded(reader: Omit<Tree, 'fresh' | 'write'>, gate: WriteGate): Omit<Tree, 'fresh' | 'write'> {
  const whileOpen = <A extends unknown[], R>(read: (...input: A) => R) => (...input: A): R => {
    if (gate.state() === 'closed') throw new SkylarkError('store-closed');
    return read(...input);
  };
  return { get: whileOpen(reader.get), scan: whileOpen(reader.scan), keys: whileOpen(reader.keys) };
}

async function commit<T>(database: RootDatabase<Uint8Array, Uint8Array>, work: () => T): Promise<T> {
  let thrown: { error: unknown } | null = null;
  const committed = database.childTransaction(() => {
    try {
      return work();
    } catch (error) {
      thrown = { error };
      throw error;
    }
  });
  try {
    return await committed;
  } catch (error) {
    // The library rejects a second promise with the disk's own error; nobody else would catch that one.
    const cause: unknown = await Promise.resolve((error as { commitError?: Promise<unknown> }).commitError).catch((reason: unknown) => reason);
    const failure = thrown as { error: unknown } | null;
    if (failure && failure.error === error) throw error;
    throw new CommitFailed('commit failed', { cause: cause ?? error });
  }
}

function sizeOf(database: RootDatabase<Uint8Array, Uint8Array>): { entries: number; bytes: number } {
  const stats = database.getStats() as { entryCount: number; lastPageNumber: number; pageSize: number };
  return { entries: stats.entryCount, bytes: (stats.lastPageNumber + 1) * stats.pageSize };
}
