import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { address, getJson } from "../api";
import { State } from "../parts/state";
import { Windowed, focusedRow, type Scroller } from "../parts/windowed";
import { hashOf, type Route } from "../route";
import { basename, filtered, projects, unheard, urgentFirst } from "../sessions";
import { connection, go, listPlace, loaded, now, sessions } from "../store";
import { ago, clock, few, moment, whole } from "../times";
import type { ListedRecording, SessionData } from "../types";

const STATES: [value: string, label: string][] = [
  ["", "All"],
  ["live", "Running"],
  ["waiting", "Waiting for you"],
  ["ended", "Ended"],
  ["recordings", "Recordings"],
];

/** Recordings that are asked for at most. */
const MOST = 1000;

/** All sessions: those that wait for a person first, then what runs, then the rest by time; or the recordings without one. */
export function ListView({ text, project, state }: { text: string; project: string; state: string }) {
  const all = sessions.value;
  const alone = state === "recordings" || (state === "" && loaded.value && !all.length);
  const recordings = useRecordings(alone);
  const chosenOnes = useMemo(() => urgentFirst(filtered(all, { text, project, state })), [all, text, project, state]);
  const unheardOnes = useMemo(() => unheard(recordings ?? [], all, { text, project }), [recordings, all, text, project]);
  const shown: readonly { id: string }[] = alone ? unheardOnes : chosenOnes;
  const choices = useMemo(() => projects(all), [all]);
  const filterHash = hashOf({ view: "list", text, project, state });
  const [before] = useState(() => (listPlace.filter === filterHash ? { ...listPlace } : null));
  const [chosen, setChosen] = useState(before?.session ?? "");
  const scroller = useRef<Scroller>(null);
  const filter = (changed: Partial<Extract<Route, { view: "list" }>>) => {
    setChosen("");
    go({ view: "list", text, project, state, ...changed }, true);
  };

  useLeaving(filterHash, chosen, scroller);
  useEffect(() => {
    const index = before ? shown.findIndex(({ id }) => id === before.session) : -1;
    if (index >= 0) scroller.current?.focus(index);
  }, [shown.length > 0]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
      const at = focusedRow() >= 0 ? focusedRow() : shown.findIndex(({ id }) => id === chosen);
      const to = { j: at + 1, k: at - 1, Home: 0, End: shown.length - 1 }[event.key];
      if (to !== undefined && shown.length) {
        const next = Math.min(Math.max(to, 0), shown.length - 1);
        setChosen(shown[next]?.id ?? "");
        scroller.current?.show(next);
        scroller.current?.focus(next);
        event.preventDefault();
      } else if (event.key === "w") {
        filter({ state: state === "waiting" ? "" : "waiting" });
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  const total = alone ? unheard(recordings ?? [], all, { text: "", project: "" }).length : all.length;
  const noun = `${alone ? "recording" : "session"}${total === 1 ? "" : "s"}`;
  return (
    <div class="list">
      <h1 class="unseen">Sessions</h1>
      <div class="filters" role="group" aria-label="Filter">
        <input
          type="search"
          aria-label="Filter by title, prompt, directory or branch"
          placeholder="Filter"
          value={text}
          onInput={(event) => filter({ text: event.currentTarget.value })}
          onKeyDown={(event) => event.key === "Escape" && (event.currentTarget.blur(), document.getElementById("content")?.focus())}
        />
        <select aria-label="Project" value={project} onChange={(event) => filter({ project: event.currentTarget.value })}>
          <option value="">All projects</option>
          {choices.map(([path, count]) => (
            <option key={path} value={path}>{`${basename(path)} (${count})`}</option>
          ))}
        </select>
        <div class="chips">
          {STATES.map(([value, label]) => (
            <button key={value} type="button" aria-pressed={state === value} onClick={() => filter({ state: value })}>
              {label}
            </button>
          ))}
        </div>
        <span class="count" role="status">
          {(alone ? recordings !== null : loaded.value) && (shown.length === total ? `${whole(total)} ${noun}` : `${whole(shown.length)} of ${whole(total)} ${noun}`)}
        </span>
      </div>
      {shown.length ? (
        <div class="rows" onFocusIn={() => setChosen(shown[focusedRow()]?.id ?? chosen)}>
          <Windowed
            count={shown.length}
            keyOf={(index) => (shown[index] as { id: string }).id}
            row={(index) =>
              alone ? (
                <RecordingRow recording={unheardOnes[index] as ListedRecording} chosen={shown[index]?.id === chosen} />
              ) : (
                <Row session={chosenOnes[index] as SessionData} chosen={shown[index]?.id === chosen} />
              )
            }
            estimate={72}
            label={alone ? "Recordings" : "Sessions"}
            scroller={scroller}
            begin={before?.place ?? null}
          />
        </div>
      ) : (
        <Nothing all={total} alone={state === "recordings"} waiting={alone && recordings === null} />
      )}
    </div>
  );
}

function Row({ session, chosen }: { session: SessionData; chosen: boolean }) {
  return (
    <a data-row class={chosen ? "row chosen" : "row"} href={hashOf({ view: "session", id: session.id, at: null })}>
      <State session={session} />
      <span class="title">{session.title || session.firstPrompt || "No prompt yet"}</span>
      <span class="project" title={session.directory}>
        {basename(session.projectPath || session.directory)}
        {session.gitBranch && <span class="branch">{session.gitBranch}</span>}
      </span>
      <span class="facts">
        {session.recordingRunning ? <span class="recording on">● recording</span> : session.recording && <span class="recording">▶ recorded</span>}
        <span>{session.messageCount === 1 ? "1 message" : `${whole(session.messageCount)} messages`}</span>
        {session.tokens > 0 && <span title={`${whole(session.tokens)} tokens, with those that were read from and written to the cache`}>{`${few(session.tokens)} tokens`}</span>}
      </span>
      <time dateTime={session.modified} title={moment(session.updatedAt)}>
        {ago(session.updatedAt, now.value)}
      </time>
    </a>
  );
}

/** A recording without a conversation. */
function RecordingRow({ recording, chosen }: { recording: ListedRecording; chosen: boolean }) {
  const started = Date.parse(recording.started);
  return (
    <a data-row class={chosen ? "row chosen" : "row"} href={hashOf({ view: "recording", id: recording.id, at: null })}>
      <span class="state">{recording.ended === null ? "running" : "recorded"}</span>
      <span class="title">{recording.title || recording.directory || recording.id}</span>
      <span class="project" title={recording.directory}>
        {basename(recording.directory)}
      </span>
      <span class="facts">
        {recording.ended === null && <span class="recording on">● recording</span>}
        {recording.duration !== null && <span>{clock(recording.duration)}</span>}
      </span>
      <time dateTime={recording.started} title={moment(started)}>
        {ago(started, now.value)}
      </time>
    </a>
  );
}

function Nothing({ all, alone, waiting }: { all: number; alone: boolean; waiting: boolean }) {
  if (all) return <p class="notice">{alone ? "No recording is like that." : "No session is like that."}</p>;
  if (waiting || !loaded.value) return <p class="notice">{connection.value.error?.message ?? "Loading…"}</p>;
  if (alone) return <p class="notice">There are no recordings without a conversation.</p>;
  return (
    <p class="notice">
      There are no sessions yet. <code>claude-sessions start .</code> begins one and records it.
    </p>
  );
}

/** Ask for the recordings while they are wanted, again when the server comes back; null until they are there. */
function useRecordings(wanted: boolean): ListedRecording[] | null {
  const [found, setFound] = useState<ListedRecording[] | null>(null);
  const { live } = connection.value;
  useEffect(() => {
    if (!wanted) return undefined;
    const abort = new AbortController();
    getJson<{ recordings: ListedRecording[] }>(address("api/recordings", { limit: MOST }), abort.signal).then(
      ({ recordings }) => setFound(recordings),
      () => {}, // the badge says it
    );
    return () => abort.abort();
  }, [wanted, live]);
  return found;
}

/** Keep where the person was, for when they come back. */
function useLeaving(filter: string, session: string, scroller: { current: Scroller | null }): void {
  const last = useRef({ filter, session });
  last.current = { filter, session };
  useLayoutEffect(
    () => () => {
      Object.assign(listPlace, last.current, { place: scroller.current?.place() ?? null });
    },
    [],
  );
}
