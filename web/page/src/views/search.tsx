import { useEffect, useState } from "preact/hooks";
import { address, getJson } from "../api";
import { pieces } from "../marks";
import { hashOf } from "../route";
import { basename } from "../sessions";
import { DRAWN_AFTER } from "../step";
import { clock, moment } from "../times";
import type { SearchHit } from "../types";

/** Hits that are shown. */
const MOST = 100;

interface Found {
  hits: SearchHit[];
}

/** What was found in all transcripts and on all screens; a hit leads to that very moment. */
export function SearchView({ query }: { query: string }) {
  const [found, setFound] = useState<SearchHit[] | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    const abort = new AbortController();
    setError("");
    getJson<Found>(address("api/search", { q: query, limit: MOST }), abort.signal).then(
      ({ hits }) => setFound(hits),
      (reason: Error) => {
        if (!abort.signal.aborted) setError(reason.message);
      },
    );
    return () => abort.abort();
  }, [query]);
  if (error) return <p class="notice">{error}</p>;
  return (
    <div class="found">
      <h1>
        {found === null ? "Searching" : counted(found.length)} for “{query}”
      </h1>
      {found?.length === 0 && <p class="notice">Nothing of that was said or shown.</p>}
      <ol>
        {found?.map((hit, number) => (
          <li key={number}>
            <a class="row" href={target(hit)}>
              <span class="snippet">
                {pieces(hit.text, hit.matches).map(({ text, match }, place) => (match ? <mark key={place}>{text}</mark> : text))}
              </span>
              <span class="facts">
                <span>{hit.kind}</span>
                {hit.title && <span>{hit.title}</span>}
                {hit.directory && <span title={hit.directory}>{basename(hit.directory)}</span>}
                {hit.offset !== null && <span>at {clock(hit.offset)}</span>}
                {hit.time && <time dateTime={hit.time}>{moment(hit.time)}</time>}
              </span>
            </a>
          </li>
        ))}
      </ol>
    </div>
  );
}

function counted(hits: number): string {
  if (hits === MOST) return `The first ${MOST} hits`;
  return hits === 1 ? "1 hit" : `${hits} hits`;
}

function target(hit: SearchHit): string {
  if (hit.recording_id) {
    const at = hit.offset === null ? null : hit.offset + DRAWN_AFTER;
    return hashOf({ view: "recording", id: hit.recording_id, at });
  }
  return hashOf({ view: "session", id: hit.session_id ?? "", at: null });
}
