import { SkylarkError, type Clock, type HealthCheck, type Logger, type Sample } from '@skylark/core';
import { Cluster, type Redis } from 'ioredis';
import { redisHealth, unknownServer, type ServerFacts } from '../health.js';
import { repliesOf, type Fill, type RedisConnection, type Written } from './connection-port.js';
import { createClient, type ClientKind, type RedisClient } from './create-client.js';
import { isRefusedLogin, storeError } from './redis-errors.js';
import { describeServer, type RedisSettings } from './redis-settings.js';
import { askServer } from './server-facts.js';

export interface ConnectionOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A replica has this long to confirm; below the time at which a silent server counts as away. */
const replicaMs = 1500;
/** What the server said of itself is asked again after so long; sooner while something is wrong. */
const factsMs = 5000;
const badFactsMs = 500;

/** See `RedisConnection`. */
export class Connection implements RedisConnection {
  readonly settings: RedisSettings;
  readonly client: RedisClient;
  /** Has a connection of its own when writes wait for a replica: WAIT holds up what comes behind it. */
  readonly #writer: RedisClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #where: string;
  readonly #errors = new Map<string, number>();
  readonly #listeners: (() => void)[] = [];
  #lastError: Error | null = null;
  #wasReady = false;
  #reconnects = 0;
  #facts: { readonly at: number; readonly facts: Promise<ServerFacts> } | null = null;
  #latest: ServerFacts = unknownServer;
  #closed = false;

  constructor({ settings, clock, logger }: ConnectionOptions) {
    this.settings = settings;
    this.#clock = clock;
    this.#logger = logger;
    this.#where = describeServer(settings);
    this.client = createClient(settings, 'direct');
    this.#writer = settings.ack === 'replicated' ? createClient(settings, 'direct') : this.client;
    for (const client of new Set([this.client, this.#writer])) this.#watch(client);
    this.client.on('ready', () => this.#becameReady());
    this.client.on('close', () => this.#becameAway());
  }

  key(tag: string | number, ...parts: readonly (string | number)[]): string {
    return `${this.settings.prefix ?? 'skylark'}:{${tag}}:${parts.join(':')}`;
  }

  async read<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    if (this.#closed) throw new SkylarkError('store-closed');
    try {
      return await work(this.client);
    } catch (error) {
      throw this.#wrapped(error);
    }
  }

  async write(fill: Fill): Promise<readonly unknown[]> {
    const [written] = await this.writeMany([fill]);
    return repliesOf(written!);
  }

  readMany(parts: readonly Fill[]): Promise<readonly Written[]> {
    return this.#runMany(this.client, parts, false);
  }

  writeMany(parts: readonly Fill[]): Promise<readonly Written[]> {
    return this.#runMany(this.#writer, parts, this.settings.ack === 'replicated');
  }

  async script(lua: string, keys: readonly string[], args: readonly (string | number | Buffer)[], { evenWhenFull = false } = {}): Promise<unknown> {
    const [reply] = await this.write((pipeline) => pipeline.eval(this.scriptText(lua, { evenWhenFull }), keys.length, ...keys, ...args));
    return reply;
  }

  scriptText(lua: string, { evenWhenFull }: { readonly evenWhenFull: boolean }): string {
    return evenWhenFull && this.#latest.majorVersion >= 7 ? `#!lua flags=allow-oom\n${lua}` : lua;
  }

  duplicate(kind: ClientKind): RedisClient {
    const client = createClient(this.settings, kind);
    this.#watch(client);
    return client;
  }

  nodes(): readonly Redis[] {
    return this.client instanceof Cluster ? this.client.nodes('master') : [this.client];
  }

  onBack(listener: () => void): void {
    this.#listeners.push(listener);
  }

  facts(): Promise<ServerFacts> {
    if (this.#closed) return Promise.reject(new SkylarkError('store-closed'));
    const now = this.#clock.elapsedMs();
    const isWell = redisHealth(this.#latest, this.settings.ack).every(({ ok }) => ok);
    if (this.#facts && now - this.#facts.at < (isWell ? factsMs : badFactsMs)) return this.#facts.facts;
    const facts = this.read(() => askServer(this.nodes())).then((found) => this.#heard(found));
    this.#facts = { at: now, facts };
    facts.catch(() => (this.#facts = null));
    return facts;
  }

  async health(): Promise<HealthCheck[]> {
    try {
      return redisHealth(await this.facts(), this.settings.ack);
    } catch (error) {
      const reason = error instanceof SkylarkError ? error.detail || error.message : String(error);
      return [{ name: 'store', ok: false, reason }, { name: 'durability', ok: false, reason: 'unknown while the store is away' }];
    }
  }

  samples(): readonly Sample[] {
    const { durable, usedBytes, memoryShare } = this.#latest;
    return [
      { name: 'skylark_redis_connected', help: '1 while Redis is there', kind: 'gauge', labels: {}, value: this.client.status === 'ready' ? 1 : 0 },
      { name: 'skylark_redis_reconnects_total', help: 'Times that Redis was there again after it was away', kind: 'counter', labels: {}, value: this.#reconnects },
      { name: 'skylark_store_durable', help: '1 while Redis keeps what it acknowledges (AOF)', kind: 'gauge', labels: {}, value: durable ? 1 : 0 },
      { name: 'skylark_store_bytes', help: 'Bytes of the store in use', kind: 'gauge', labels: {}, value: usedBytes },
      { name: 'skylark_store_memory_share', help: 'Of what Redis may use (maxmemory) how much it uses; 0 without a limit', kind: 'gauge', labels: {}, value: memoryShare },
      ...[...this.#errors].map(([code, value]): Sample => ({ name: 'skylark_redis_errors_total', help: 'Calls to Redis that failed', kind: 'counter', labels: { code }, value })),
    ];
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const client of new Set([this.client, this.#writer])) client.disconnect();
  }

  /** Resolves when both clients are ready and the server's version is known. */
  async ready(waitMs: number): Promise<void> {
    const began = this.#clock.elapsedMs();
    for (;;) {
      if (this.client.status === 'ready' && this.#writer.status === 'ready') {
        const facts = await this.facts().catch((error: unknown) => {
          if (isRefusedLogin((error as Error).cause)) throw error;
          return null;
        });
        if (facts) return;
      }
      if (isRefusedLogin(this.#lastError)) throw storeError(this.#lastError, this.#where);
      const isLoading = this.client.status === 'connect';
      if (!isLoading && this.#clock.elapsedMs() - began > waitMs) throw storeError(this.#lastError ?? new Error('connect ETIMEDOUT'), this.#where);
      await this.#clock.sleep(10);
    }
  }

  async #runMany(client: RedisClient, parts: readonly Fill[], replicated: boolean): Promise<Written[]> {
    if (parts.length === 0) return [];
    if (client instanceof Cluster) return (await Promise.all(parts.map((part) => this.#runTogether(client, [part], replicated)))).flat();
    return this.#runTogether(client, parts, replicated);
  }

  async #runTogether(client: RedisClient, parts: readonly Fill[], replicated: boolean): Promise<Written[]> {
    if (this.#closed) return parts.map(() => ({ error: new SkylarkError('store-closed') }));
    const pipeline = client.pipeline();
    const ends = parts.map((fill) => {
      fill(pipeline);
      return pipeline.length;
    });
    if (replicated) pipeline.wait(1, replicaMs);
    try {
      const results = (await pipeline.exec()) ?? [];
      const unconfirmed = replicated ? this.#unconfirmed(results[results.length - 1]) : null;
      return ends.map((end, i) => this.#writtenPart(results.slice(ends[i - 1] ?? 0, end), unconfirmed));
    } catch (error) {
      return parts.map(() => ({ error: this.#wrapped(error) }));
    }
  }

  #writtenPart(results: readonly (readonly [Error | null, unknown])[], unconfirmed: SkylarkError | null): Written {
    const failed = results.find(([error]) => error)?.[0];
    if (failed) return { error: this.#wrapped(failed) };
    return unconfirmed ? { error: unconfirmed } : { replies: results.map(([, reply]) => reply) };
  }

  #unconfirmed(result: readonly [Error | null, unknown] | undefined): SkylarkError | null {
    if (!result || result[0]) return this.#wrapped(result?.[0] ?? new Error('Connection is closed.'));
    return Number(result[1]) >= 1 ? null : this.#counted(new SkylarkError('store-away', `${this.#where}: no replica confirmed the write within ${replicaMs} ms (redis.ack is replicated)`));
  }

  #wrapped(error: unknown): SkylarkError {
    if (this.#closed) return new SkylarkError('store-closed');
    const wrapped = storeError(error, this.#where);
    // ioredis says only that it is not connected: why, it said before.
    if (wrapped.code === 'store-away' && this.client.status !== 'ready' && this.#lastError && wrapped.cause !== this.#lastError) return this.#counted(storeError(this.#lastError, this.#where));
    if (wrapped.cause instanceof Error && wrapped.cause.message.startsWith('MOVED') && this.client instanceof Cluster) this.#learnSlots();
    return this.#counted(wrapped);
  }

  #counted(error: SkylarkError): SkylarkError {
    if (error.code !== 'internal') this.#facts = null;
    this.#errors.set(error.code, (this.#errors.get(error.code) ?? 0) + 1);
    return error;
  }

  /** A pipeline that ends in WAIT is not redirected by ioredis: the next one shall know the slot's new owner. */
  #learnSlots(): void {
    for (const client of new Set([this.client, this.#writer])) if (client instanceof Cluster) client.refreshSlotsCache();
  }

  /** Without a listener ioredis would write errors to the console. */
  #watch(client: RedisClient): void {
    client.on('error', (error: Error) => {
      const said = this.#lastError?.message;
      this.#lastError = lastOf(error);
      if (this.#lastError.message !== said) this.#logger.warn('redis.error', { server: this.#where, reason: this.#lastError.message });
    });
  }

  #becameReady(): void {
    this.#lastError = null;
    this.#facts = null;
    if (this.#wasReady) {
      this.#reconnects += 1;
      this.#logger.info('redis.back', { server: this.#where });
    }
    this.#wasReady = true;
    void this.facts().catch(() => undefined);
    if (this.#reconnects > 0) for (const listener of this.#listeners) listener();
  }

  #becameAway(): void {
    this.#facts = null;
    if (!this.#closed && this.#wasReady) this.#logger.warn('redis.away', { server: this.#where, reason: this.#lastError?.message ?? 'the connection was closed' });
  }

  /** What an operator should change is said once, and again when it changes. */
  #heard(facts: ServerFacts): ServerFacts {
    const before = this.#latest;
    this.#latest = facts;
    const reasons = (of: ServerFacts): string => redisHealth(of, this.settings.ack).filter(({ ok, reason }) => !ok && reason !== undefined).map(({ reason }) => reason).join('; ');
    const now = reasons(facts);
    if (now !== '' && (before === unknownServer || now !== reasons(before))) this.#logger.warn('redis.not-as-it-should-be', { server: this.#where, reason: now });
    return facts;
  }
}

/** A Cluster's error holds what its last node said. */
function lastOf(error: Error): Error {
  const last = (error as { lastNodeError?: unknown }).lastNodeError;
  return last instanceof Error ? last : error;
}
