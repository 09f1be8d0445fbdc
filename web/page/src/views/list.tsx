import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { State } from "../parts/state";
import { Windowed, type Scroller } from "../parts/windowed";
import { hashOf, type Route } from "../route";
import { basename, filtered, projects, urgentFirst } from "../sessions";
import { connection, go, loaded, now, sessions } from "../store";
import { ago, few, moment } from "../times";
import type { SessionData } from "../types";

const STATES: [value: string, label: string][] = [
  ["", "All"],
  ["live", "Running"],
  ["waiting", "Waiting for you"],
  ["ended", "Ended"],
];

/** All sessions: those that wait for a person first, then what runs, then the rest by time. */
export function ListView({ text, project, state }: { text: string; project: string; state: string }) {
  const all = sessions.value;
  const shown = useMemo(() => urgentFirst(filtered(all, { text, project, state })), [all, text, project, state]);
  const choices = useMemo(() => projects(all), [all]);
  const [chosen, setChosen] = useState(-1);
  const scroller = useRef<Scroller>(null);
  const filter = (changed: Partial<Extract<Route, { view: "list" }>>) => {
    setChosen(-1);
    go({ view: "list", text, project, state, ...changed }, true);
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
      const step = { j: 1, k: -1 }[event.key];
      if (step) {
        const next = Math.min(Math.max(chosen + step, 0), shown.length - 1);
        setChosen(next);
        scroller.current?.show(next);
      } else if (event.key === "Enter" && shown[chosen] && !(event.target instanceof HTMLAnchorElement)) {
        go({ view: "session", id: shown[chosen].id, at: null });
      } else if (event.key === "w") {
        filter({ state: state === "waiting" ? "" : "waiting" });
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

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
        <span class="count">{loaded.value && (shown.length === all.length ? `${all.length}` : `${shown.length} of ${all.length}`)}</span>
      </div>
      {shown.length ? (
        <Windowed
          count={shown.length}
          keyOf={(index) => (shown[index] as SessionData).id}
          row={(index) => <Row session={shown[index] as SessionData} chosen={index === chosen} />}
          estimate={72}
          label="Sessions"
          scroller={scroller}
        />
      ) : (
        <Nothing all={all.length} />
      )}
    </div>
  );
}

function Row({ session, chosen }: { session: SessionData; chosen: boolean }) {
  return (
    <a class={chosen ? "row chosen" : "row"} href={hashOf({ view: "session", id: session.id, at: null })}>
      <State session={session} />
      <span class="title">{session.title || session.firstPrompt || "No prompt yet"}</span>
      <span class="project" title={session.directory}>
        {basename(session.projectPath || session.directory)}
        {session.gitBranch && <span class="branch">{session.gitBranch}</span>}
      </span>
      <span class="facts">
        {session.recordingRunning ? <span class="recording on">● recording</span> : session.recording && <span class="recording">▶ recorded</span>}
        <span>{`${few(session.messageCount)} messages`}</span>
        {session.tokens > 0 && <span>{`${few(session.tokens)} tokens`}</span>}
      </span>
      <time dateTime={session.modified} title={moment(session.updatedAt)}>
        {ago(session.updatedAt, now.value)}
      </time>
    </a>
  );
}

function Nothing({ all }: { all: number }) {
  if (all) return <p class="notice">No session is like that.</p>;
  if (loaded.value) {
    return (
      <p class="notice">
        There are no sessions yet. <code>claude-sessions start .</code> begins one and records it.
      </p>
    );
  }
  return <p class="notice">{connection.value.error?.message ?? "Loading…"}</p>;
}
