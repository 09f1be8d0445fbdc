/** Waits between attempts to reach a server again: they double, and no two pages wait alike. */
export class Backoff {
  #attempt = 0;

  /** Delays are milliseconds; `random` gives a number from 0 to below 1. */
  constructor(
    private readonly first = 1000,
    private readonly longest = 30_000,
    private readonly random: () => number = Math.random,
  ) {}

  /** How many waits there have been since it last went well. */
  get attempts(): number {
    return this.#attempt;
  }

  /** Return the next wait: between half of the present delay and all of it. */
  next(): number {
    const delay = Math.min(this.first * 2 ** this.#attempt, this.longest);
    this.#attempt += 1;
    return delay * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.#attempt = 0;
  }
}
