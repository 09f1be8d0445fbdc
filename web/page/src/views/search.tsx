import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { address, ApiError, getJson } from "../api";
import { target } from "../hits";
import { pieces } from "../marks";
import { basename, projects } from "../sessions";
import { announce, go, sessions } from "../store";
import { exactClock, moment } from "../times";
import type { SearchHit } from "../types";

/** Hits that are shown at first, and with "More". */
const FEW = 50;
const MOST = 200;

const SINCE: [value: string, label: string][] = [
  ["", "Any time"],
  ["1d", "Last day"],
  ["7d", "Last week"],
  ["30d", "Last month"],
];

interface Found {
  hits: SearchHit[];
}

/** What was found in all transcripts and on all screens; a hit leads to that very moment. */
export function SearchView({ query, directory, since }: { query: string; directory: string; since: string }) {
  const [found, setFound] = useState<SearchHit[] | null>(null);
  const [error, setError] = useState("");
  const [kind, setKind] = useState("");
  const [limit, setLimit] = useState(FEW);
  const heading = useRef<HTMLHeadingElement>(null);
  const choices = useMemo(() => projects(sessions.value), [sessions.value]);
  useEffect(() => {
    setFound(null);
    setKind("");
    setLimit(FEW);
  }, [query, directory, since]);
  useEffect(() => {
    setError("");
    if (!query.trim()) return undefined;
    const abort = new AbortController();
    getJson<Found>(address("api/search", { q: query, limit, dir: directory, since }), abort.signal).then(
      ({ hits }) => {
        setFound(hits);
        announce(`${counted(hits.length, limit)} for ${query}`);
      },
      (reason: Error) => {
        if (abort.signal.aborted) return;
        const unclear = reason instanceof ApiError && reason.status === 400;
        setError(unclear ? `“${query}” cannot be searched for: words are needed, of letters or digits.` : reason.message);
      },
    );
    return () => abort.abort();
  }, [query, directory, since, limit]);
  useEffect(() => heading.current?.focus(), [query]);
  useEffect(() => {
    window.addEventListener("keydown", moveFocus);
    return () => window.removeEventListener("keydown", moveFocus);
  }, []);
  const kinds = useMemo(() => [...new Set(found?.map((hit) => hit.kind))].sort(), [found]);
  const shown = found?.filter((hit) => !kind || hit.kind === kind);
  return (
    <div class="found">
      <h1 ref={heading} tabIndex={-1}>
        {!query.trim() ? "Search" : error ? `Nothing for “${query}”` : shown ? `${counted(shown.length, limit)} for “${query}”` : `Searching for “${query}”…`}
      </h1>
      <div class="filters" role="group" aria-label="Narrow down">
        <select aria-label="Project" value={directory} onChange={(event) => go({ view: "search", query, directory: event.currentTarget.value, since }, true)}>
          <option value="">All projects</option>
          {choices.map(([path]) => (
            <option key={path} value={path}>
              {basename(path)}
            </option>
          ))}
        </select>
        <select aria-label="Time" value={since} onChange={(event) => go({ view: "search", query, directory, since: event.currentTarget.value }, true)}>
          {SINCE.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <select aria-label="Kind" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          <option value="">Everything</option>
          {kinds.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </div>
      {error && (
        <p class="notice" role="alert">
          {error}
        </p>
      )}
      {!query.trim() && <p class="notice">Type what was said, shown or done into the field at the top.</p>}
      {!error && shown?.length === 0 && <p class="notice">Nothing of that was said or shown.</p>}
      <ol>
        {shown?.map((hit, number) => (
          <li key={number}>
            <a class="row" href={target(hit)}>
              <span class="snippet">
                {pieces(hit.text, hit.matches).map(({ text, match }, place) => (match ? <mark key={place}>{text}</mark> : text))}
              </span>
              <span class="facts">
                {hit.title && <strong>{hit.title}</strong>}
                <span>{hit.kind}</span>
                {hit.directory && <span title={hit.directory}>{basename(hit.directory)}</span>}
                {hit.offset !== null && <span>at {exactClock(hit.offset)}</span>}
                {hit.time && <time dateTime={hit.time}>{moment(hit.time)}</time>}
              </span>
            </a>
          </li>
        ))}
      </ol>
      {found?.length === limit &&
        (limit < MOST ? (
          <button type="button" onClick={() => setLimit(MOST)}>
            More
          </button>
        ) : (
          <p class="small">There are more: another word, a project or a time narrows them down.</p>
        ))}
    </div>
  );
}

function moveFocus(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const rows = [...document.querySelectorAll<HTMLElement>(".found .row")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
}

function counted(hits: number, limit: number): string {
  if (hits === limit) return `The first ${limit} hits`;
  return hits === 1 ? "1 hit" : `${hits} hits`;
}
