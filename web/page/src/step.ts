import type { BlockData } from "./types";

/**
 * Return the number of the block that a moment means, a number of milliseconds since the epoch: the first of those of that very time,
 * else the last one before it; -1 where all are later.
 */
export function blockOf(blocks: readonly BlockData[], time: number): number {
  let last = -1;
  let latest = Number.NEGATIVE_INFINITY;
  for (const [number, { timestamp }] of blocks.entries()) {
    const its = Date.parse(timestamp ?? "");
    if (its <= time && its > latest) [last, latest] = [number, its];
  }
  return last;
}

/** Seconds from when something is written into the transcript until it surely stands on the screen. */
export const DRAWN_AFTER = 0.25;

/**
 * Keeps blocks and terminal in step: which block belongs to a moment of the recording, and the other way round.
 *
 * `started` is when the recording began, in milliseconds since the epoch; positions are seconds from there. A block is at the
 * position at which it has been drawn, `drawnAfter` seconds after its time.
 */
export class Step {
  #times: number[];
  #origin: number;

  constructor(blocks: readonly BlockData[], started: number, drawnAfter = DRAWN_AFTER) {
    this.#origin = started - drawnAfter * 1000;
    let latest = Number.NEGATIVE_INFINITY;
    this.#times = blocks.map(({ timestamp }) => {
      const time = Date.parse(timestamp ?? "");
      if (!Number.isNaN(time)) latest = Math.max(latest, time);
      return latest;
    });
  }

  /** Return the number of the last block that stood there at a position; -1 where none did. */
  blockAt(position: number): number {
    const time = this.#origin + position * 1000;
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
    const position = (time - this.#origin) / 1000;
    return position >= 0 ? position : null;
  }
}
