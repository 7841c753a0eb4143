import { SkylarkError, type Logger } from '@skylark/core';
import type { ElasticConnection, ElasticReply } from './elastic-connection.js';
import type { IndexCounters } from './index-counters.js';
import { anomalies, type IndexName, type IndexNames } from './index-names.js';
import { buildingSettings, deadLetterTemplate, servingSettings, shapeTemplate } from './index-template.js';
import { isObject, objectAt, reasonIn, textAt, type JsonObject } from './replies.js';
import type { CapabilityProbe } from './server-capabilities.js';

/** An index of ours as it stands on the server. */
export interface IndexState extends IndexName {
  readonly index: string;
  readonly aliases: readonly string[];
  /** Readers of its generation see it. */
  readonly serving: boolean;
  /** Half made, by a build that runs or was killed. */
  readonly building: boolean;
  /** A build that failed; to be dropped. */
  readonly discarded: boolean;
}

/** Which indices there are, and every change of them. */
export interface IndexTopology {
  list(): Promise<IndexState[]>;
  /**
   * The alias to write a month's documents through. Makes the month's index with both aliases in one step, or gives an index that lost them its aliases back.
   * Remembered; `unheard` is one that turned out to be gone.
   */
  writer(month: string, unheard?: string): Promise<string>;
  ensureDeadLetters(): Promise<void>;
  /** A new index that only its builder sees. */
  build(generation: string, month: string | null, stamp: string): Promise<IndexState>;
  /** In one step: readers of the generation see the built indices, and the old ones are gone. */
  swap(generation: string, built: readonly IndexState[]): Promise<void>;
  /** Drops indices half made. One whose swap is still on its way, or took place unheard, is left as it is: the swap and this exclude each other. */
  discard(built: readonly IndexState[]): Promise<void>;
  /** Drops an index that serves. */
  drop(index: string): Promise<void>;
}

export interface TopologyOptions {
  readonly connection: ElasticConnection;
  readonly names: IndexNames;
  readonly logger: Logger;
  readonly counters: IndexCounters;
  readonly capabilities: CapabilityProbe;
}

export function createIndexTopology({ connection, names, logger, counters, capabilities }: TopologyOptions): IndexTopology {
  const firstIndex = (month: string): string => names.index(anomalies, month, '1');
  const serve = (generation: string, index: string): JsonObject => ({ [names.reader(generation)]: {}, [names.writer(index)]: {} });
  const writers = new Map<string, string>();

  /** A server that refuses it may be another than the one that was asked what it can do. */
  async function putTemplate(generation: string): Promise<void> {
    const put = async (): Promise<ElasticReply> => {
      const { vectors } = await capabilities.find();
      return connection.request({ method: 'PUT', path: `/_index_template/${names.reader(generation)}`, body: shapeTemplate(names, generation, vectors), accept: [400] });
    };
    let reply = await put();
    if (reply.status === 400) {
      capabilities.forget();
      reply = await put();
    }
    if (reply.status === 400) throw refused(`template ${names.reader(generation)}`, reply);
  }

  /** False when there is one of that name already. */
  async function create(index: string, body: JsonObject): Promise<boolean> {
    const reply = await connection.request({ method: 'PUT', path: `/${index}`, body, accept: [400] });
    if (reply.status < 300) return true;
    if (textAt(reply.body['error'], 'type') === 'resource_already_exists_exception') return false;
    throw refused(`index ${index}`, reply);
  }

  const changeAliases = async (actions: readonly JsonObject[]): Promise<void> => {
    await connection.request({ method: 'POST', path: '/_aliases', body: { actions } });
  };

  const list = async (): Promise<IndexState[]> => {
    const { body } = await connection.request({ method: 'GET', path: `/${names.pattern}/_alias`, query: { expand_wildcards: 'open' }, accept: [404] });
    return Object.entries(body).flatMap(([index, entry]) => stateOf(index, entry, names));
  };

  async function makeMonth(month: string): Promise<string> {
    await putTemplate(anomalies);
    const made = await create(firstIndex(month), { aliases: serve(anomalies, firstIndex(month)) });
    counters.recreated();
    logger.info('index.created', { index: firstIndex(month), made });
    if (made) return firstIndex(month);
    const having = (await list()).filter((state) => state.generation === anomalies && state.month === month && isWhole(state));
    const index = having.find(({ serving }) => serving)?.index ?? firstIndex(month);
    await changeAliases(Object.keys(serve(anomalies, index)).map((alias) => ({ add: { index, alias } })));
    return index;
  }

  return {
    list,
    async writer(month, unheard) {
      const known = writers.get(month);
      if (known !== undefined && known !== unheard) return known;
      const there = (await list()).find((state) => state.generation === anomalies && state.month === month && state.serving && state.aliases.includes(names.writer(state.index)));
      const index = there?.index ?? await makeMonth(month);
      writers.set(month, names.writer(index));
      return names.writer(index);
    },
    async ensureDeadLetters() {
      await connection.request({ method: 'PUT', path: `/_index_template/${names.deadLetters}`, body: deadLetterTemplate(names) });
      await create(`${names.deadLetters}-1`, { aliases: { [names.deadLetters]: { is_write_index: true } } });
    },
    async build(generation, month, stamp) {
      await putTemplate(generation);
      const index = names.index(generation, month, stamp);
      if (!await create(index, { settings: buildingSettings, aliases: { [names.building(index)]: { is_write_index: true } } })) throw new SkylarkError('index-away', `${index} exists already`);
      return { index, generation, month, stamp, aliases: [names.building(index)], serving: false, building: true, discarded: false };
    },
    async swap(generation, built) {
      for (const { index } of built) await settle(connection, index);
      const old = (await list()).filter((state) => state.generation === generation && isWhole(state));
      const actions = [
        ...old.map(({ index }) => ({ remove_index: { index } })),
        ...built.flatMap(({ index }) => [
          { remove: { index, alias: names.building(index), must_exist: true } },
          ...Object.keys(serve(generation, index)).map((alias) => ({ add: { index, alias } })),
        ]),
      ];
      if (actions.length > 0) await changeAliases(actions);
    },
    async discard(built) {
      for (const { index } of built) {
        const actions = [{ remove: { index, alias: names.building(index), must_exist: true } }, { add: { index, alias: names.discarded(index) } }];
        const { status } = await connection.request({ method: 'POST', path: '/_aliases', body: { actions }, accept: [404] });
        if (status < 300) await connection.request({ method: 'DELETE', path: `/${index}`, accept: [404] });
      }
      const marked = (await list()).filter(({ discarded }) => discarded);
      for (const { index } of marked) await connection.request({ method: 'DELETE', path: `/${index}`, accept: [404] });
    },
    async drop(index) {
      await connection.request({ method: 'DELETE', path: `/${index}`, accept: [404] });
    },
  };
}

/** Neither half made nor on its way out. */
export const isWhole = ({ building, discarded }: IndexState): boolean => !building && !discarded;

/** What was built is searchable, on disk, and from now on refreshed and copied like any index that serves. */
async function settle(connection: ElasticConnection, index: string): Promise<void> {
  await connection.request({ method: 'POST', path: `/${index}/_refresh`, timeoutMs: 60_000 });
  await connection.request({ method: 'POST', path: `/${index}/_flush`, timeoutMs: 60_000 });
  await connection.request({ method: 'PUT', path: `/${index}/_settings`, body: servingSettings });
}

function stateOf(index: string, entry: unknown, names: IndexNames): IndexState[] {
  const name = names.parse(index);
  if (!name || !isObject(entry)) return [];
  const aliases = Object.keys(objectAt(entry, 'aliases'));
  return [{ ...name, index, aliases, serving: aliases.includes(names.reader(name.generation)), building: aliases.includes(names.building(index)), discarded: aliases.includes(names.discarded(index)) }];
}

/** Somebody must look at the server; until then documents wait. */
function refused(what: string, { status, body }: ElasticReply): SkylarkError {
  return new SkylarkError('index-away', `${what}: HTTP ${status}: ${reasonIn(body['error']).slice(0, 300)}`);
}
