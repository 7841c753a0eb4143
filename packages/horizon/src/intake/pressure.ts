/**
 * How much is in hand, and whether senders should wait. Rises above three quarters of the bound: paused; falls below half of it: resumed.
 */
export class Pressure {
  readonly bound: number;
  readonly #listeners = new Set<(paused: boolean) => void>();
  #held = 0;
  #paused = false;
  /** Why the store does not take anything now; null when it does. */
  away: string | null = null;

  constructor(bound: number) {
    this.bound = bound;
  }

  /** Datapoints taken and not yet stored. */
  get held(): number {
    return this.#held;
  }

  get paused(): boolean {
    return this.#paused;
  }

  hasRoomFor(count: number): boolean {
    return this.#held + count <= this.bound;
  }

  /** More, or with a negative figure less, is in hand. */
  add(count: number): void {
    this.#held += count;
    const paused = this.#paused ? this.#held > this.bound / 2 : this.#held > 0.75 * this.bound;
    if (paused === this.#paused) return;
    this.#paused = paused;
    for (const listener of this.#listeners) listener(paused);
  }

  /** Calls the listener at every change; answers how to stop that. */
  subscribe(listener: (paused: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
