/** A document, or what stays of a deleted one: its version. */
export interface ModelDocument {
  readonly version: number;
  readonly source: Readonly<Record<string, unknown>> | null;
}

interface ModelIndex {
  readonly aliases: Set<string>;
  readonly documents: Map<string, ModelDocument>;
}

export interface ModelReply {
  readonly status: number;
  readonly body: unknown;
}

const missing = (index: string): ModelReply => ({ status: 404, body: { error: { type: 'index_not_found_exception', reason: `no such index [${index}]` }, status: 404 } });

/**
 * What Elasticsearch does with the requests the adapter writes by, as plain maps: indices, aliases changed all or nothing, `require_alias`, external versions,
 * reads by id. No search; every change is seen at once.
 */
export class IndexModel {
  readonly indices = new Map<string, ModelIndex>();

  /** Of one request; `refuse` answers an item's error before it is looked at. */
  handle(method: string, path: string, body: string, refuse: (id: string) => ModelReply | null): ModelReply {
    const parts = decodeURIComponent(path.split('?')[0]!).split('/').slice(1);
    const [first = '', second = ''] = parts;
    if (first === '_bulk') return this.#bulk(body, refuse);
    if (first === '_mget') return this.#mget(JSON.parse(body) as { docs: { _index: string; _id: string }[] });
    if (first === '_aliases') return this.#aliases((JSON.parse(body) as { actions: Action[] }).actions);
    if (first === '_index_template') return done;
    if (second === '_alias') return { status: 200, body: Object.fromEntries([...this.indices].map(([name, { aliases }]) => [name, { aliases: Object.fromEntries([...aliases].map((alias) => [alias, {}])) }])) };
    if (second === '_count') return { status: 200, body: { count: this.serving(first).length } };
    if (second !== '') return this.indices.has(first) ? done : missing(first);
    if (method === 'PUT') return this.#create(first, JSON.parse(body) as { aliases?: object });
    if (method === 'DELETE') return this.indices.delete(first) ? done : missing(first);
    throw new Error(`the model knows no ${method} ${path}`);
  }

  /** Documents that readers of an alias, or of an index, see: with their ids, once for each index they lie in. */
  serving(name: string): [id: string, document: ModelDocument][] {
    return [...this.indices].filter(([index, { aliases }]) => index === name || aliases.has(name)).flatMap(([, { documents }]) => [...documents].filter(([, { source }]) => source !== null));
  }

  #create(name: string, { aliases = {} }: { aliases?: object }): ModelReply {
    if (this.indices.has(name)) return { status: 400, body: { error: { type: 'resource_already_exists_exception', reason: `index [${name}] already exists` }, status: 400 } };
    this.indices.set(name, { aliases: new Set(Object.keys(aliases)), documents: new Map() });
    return done;
  }

  #aliases(actions: readonly Action[]): ModelReply {
    const after = new Map([...this.indices].map(([name, { aliases, documents }]) => [name, { aliases: new Set(aliases), documents }]));
    for (const { remove_index: dropped } of actions) if (dropped && !after.delete(dropped.index)) return missing(dropped.index);
    for (const { remove, add } of actions) {
      const { index, alias } = remove ?? add ?? { index: undefined, alias: undefined };
      if (index === undefined || alias === undefined) continue;
      const aliases = after.get(index)?.aliases;
      if (!aliases) return missing(index);
      if (add) aliases.add(alias);
      else if (!aliases.delete(alias) && remove?.must_exist === true) return { status: 404, body: { error: { type: 'aliases_not_found_exception', reason: `aliases [${alias}] missing` }, status: 404 } };
    }
    this.indices.clear();
    for (const [name, index] of after) this.indices.set(name, index);
    return done;
  }

  #bulk(body: string, refuse: (id: string) => ModelReply | null): ModelReply {
    const lines = body.split('\n');
    const items: object[] = [];
    for (let i = 0; i < lines.length && lines[i] !== ''; i += 1) {
      const [[action, { _index: alias, _id: id, version }]] = Object.entries(JSON.parse(lines[i]!) as Record<string, { _index: string; _id: string; version: number }>) as [[string, { _index: string; _id: string; version: number }]];
      const source = action === 'index' ? (JSON.parse(lines[(i += 1)]!) as Record<string, unknown>) : null;
      const { status, body: answer } = refuse(id) ?? this.#write(alias, id, { version, source });
      items.push({ [action]: { _id: id, status, ...(answer as object) } });
    }
    return { status: 200, body: { errors: true, items } };
  }

  #write(alias: string, id: string, document: ModelDocument): ModelReply {
    const index = [...this.indices.values()].find(({ aliases }) => aliases.has(alias));
    if (!index) return missing(alias);
    const before = index.documents.get(id);
    if (before && before.version > document.version) return { status: 409, body: { error: { type: 'version_conflict_engine_exception', reason: `current version [${before.version}]` } } };
    index.documents.set(id, document);
    return { status: before?.source ? 200 : 201, body: {} };
  }

  #mget({ docs }: { docs: readonly { _index: string; _id: string }[] }): ModelReply {
    return {
      status: 200,
      body: {
        docs: docs.map(({ _index, _id }) => {
          const place = this.indices.get(_index) ?? [...this.indices.values()].find(({ aliases }) => aliases.has(_index));
          const found = place?.documents.get(_id);
          return found?.source ? { _index, _id, _version: found.version, found: true, _source: found.source } : { _index, _id, found: false };
        }),
      },
    };
  }
}

interface Action {
  readonly remove_index?: { index: string };
  readonly remove?: { index: string; alias: string; must_exist?: boolean };
  readonly add?: { index: string; alias: string };
}

const done: ModelReply = { status: 200, body: { acknowledged: true } };
