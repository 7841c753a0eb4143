/** Runs work on the same thing one after the other, on different things at the same time. */
export type Turns = <Result>(thing: number, work: () => Promise<Result>) => Promise<Result>;

/** A lease keeps other processes from a shard; within one, which may have two slots of a shard at hand, this does. */
export function createTurns(): Turns {
  const last = new Map<number, Promise<unknown>>();
  return (thing, work) => {
    const turn = (last.get(thing) ?? Promise.resolve()).then(work);
    last.set(thing, turn.catch(() => undefined));
    return turn;
  };
}
