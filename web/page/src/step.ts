import type { BlockData } from "./types";

/**
 * Keeps blocks and terminal in step: which block belongs to a moment of the recording, and the other way round.
 *
 * `started` is when the recording began, in milliseconds since the epoch; positions are seconds from there.
 */
export class Step {
  #times: number[];

  constructor(
    blocks: readonly BlockData[],
    private readonly started: number,
  ) {
    let latest = Number.NEGATIVE_INFINITY;
    this.#times = blocks.map(({ timestamp }) => {
      const time = Date.parse(timestamp ?? "");
      if (!Number.isNaN(time)) latest = Math.max(latest, time);
      return latest;
    });
  }

  /** Return the number of the last block that stood there at a position; -1 where none did. */
  blockAt(position: number): number {
    const time = this.started + position * 1000;
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Return the position of a block; null where its time is not known or before the recording. */
  positionOf(block: number): number | null {
    const time = this.#times[block];
    if (time === undefined || !Number.isFinite(time)) return null;
    const position = (time - this.started) / 1000;
    return position >= 0 ? position : null;
  }
}
