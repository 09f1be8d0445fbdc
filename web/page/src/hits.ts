import { hashOf } from "./route";
import { DRAWN_AFTER } from "./step";
import type { SearchHit } from "./types";

/** Return the address of the moment of a hit. */
export function target(hit: SearchHit): string {
  const time = hit.time ? { time: hit.time } : {};
  if (hit.recording_id && (hit.offset !== null || !hit.session_id)) {
    return hashOf({ view: "recording", id: hit.recording_id, at: hit.offset === null ? null : hit.offset + DRAWN_AFTER });
  }
  return hashOf({ view: "session", id: hit.session_id ?? "", at: null, ...time });
}
