import type { Player } from "asciinema-player";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError } from "../api";
import { useBlocks, useRecording, type Described } from "../asked";
import { BlockRow } from "../parts/block";
import { State } from "../parts/state";
import { Terminal } from "../parts/terminal";
import { Windowed, focusedRow, type Scroller } from "../parts/windowed";
import { ALL, hashOf, type Route } from "../route";
import { basename } from "../sessions";
import { DRAWN_AFTER, Step, blockOf } from "../step";
import { announce, go, loaded, sessions, subject } from "../store";
import { changesOfDay, exactClock, few, moment, timeOfDay, whole } from "../times";
import type { BlockData, SessionData } from "../types";

/** One session: what was said and done, beside its terminal where it was recorded. */
export function SessionView({ id, at, time }: { id: string; at: number | null; time?: string | undefined }) {
  const session = sessions.value.find((each) => each.id === id || each.sessionId === id) ?? null;
  const { value, error } = useRecording(session?.recording ?? null, session?.recordingRunning ?? false);
  const known = loaded.value && (!session?.recording || value !== null || error !== null);
  return <Together id={id} session={session} recording={value} known={known} at={at} time={time} />;
}

/** A recording, with the newest of the conversations in it, if there is one. */
export function RecordingView({ id, at, time }: { id: string; at: number | null; time?: string | undefined }) {
  const { value, error } = useRecording(id, false);
  if (error) return <Missing error={error} what="recording" />;
  if (!value) return <p class="notice">Loading…</p>;
  const conversation = value.transcripts.at(-1) ?? null;
  const session = sessions.value.find((each) => each.id === conversation) ?? null;
  return <Together id={conversation} session={session} recording={value} known at={at} time={time} />;
}

/** Why there is nothing to be seen; `alone` where that is all of the page. */
function Missing({ error, what, alone = true }: { error: Error; what: string; alone?: boolean }) {
  const status = error instanceof ApiError ? error.status : 0;
  const Line = alone ? "h1" : "p";
  return (
    <div class="notice" role="alert">
      <Line>{status === 404 ? `There is no ${what} of this name.` : error.message}</Line>
      {status === 404 && <p>It was deleted, or the link is not whole.</p>}
      {!status && <p>It is tried again.</p>}
      <p>
        <a href={hashOf(ALL)}>All sessions</a>
      </p>
    </div>
  );
}

interface TogetherProps {
  id: string | null;
  session: SessionData | null;
  recording: Described | null;
  /** Whether it is known if there is a recording. */
  known: boolean;
  at: number | null;
  time: string | undefined;
}

/** Return the position in a recording at which a moment is shown; null where it is not in it. */
function positionIn(recording: Described | null, time: string | undefined): number | null {
  if (!recording || recording.live || !time) return null;
  const position = (Date.parse(time) - Date.parse(recording.started)) / 1000 + DRAWN_AFTER;
  return position >= 0 && position <= (recording.duration ?? 0) ? position : null;
}

function Together({ id, session, recording, known, at, time }: TogetherProps) {
  const { blocks, ready, ended, error } = useBlocks(id, session);
  const player = useRef<Player | null>(null);
  const scroller = useRef<Scroller>(null);
  const begin = at ?? positionIn(recording, time);
  const [position, setPosition] = useState<number | null>(at);
  const [wanted, setFollow] = useState<boolean | null>(at === null && !time ? null : false);
  const follow = wanted ?? (known && (!recording || recording.live)); // one that is over begins where the player begins
  const [chosen, setChosen] = useState(-1);
  const [pane, setPane] = useState<"blocks" | "terminal">(at === null ? "blocks" : "terminal");
  const step = useMemo(() => (recording ? new Step(blocks, Date.parse(recording.started)) : null), [blocks, recording]);
  const days = useMemo(() => changesOfDay(blocks.map(({ timestamp }) => timestamp)), [blocks]);
  const target = useMemo(() => (time ? blockOf(blocks, Date.parse(time)) : -1), [blocks, time]);
  const current = step && position !== null && !recording?.live ? step.blockAt(position) : -1;
  const name = session?.title || recording?.title || session?.firstPrompt || (id ?? recording?.id ?? "").slice(0, 8);
  const self = (place: { at: number | null; time?: string }): Route =>
    session || !recording ? { view: "session", id: id ?? "", ...place } : { view: "recording", id: recording.id, ...place };

  useEffect(() => {
    subject.value = name.length > 60 ? `${name.slice(0, 59)}…` : name;
  }, [name]);
  useEffect(() => {
    if (current >= 0 && !follow && target < 0) scroller.current?.show(current);
  }, [current]);
  useEffect(() => {
    if (target < 0) return;
    setFollow(false);
    setChosen(target);
    scroller.current?.show(target);
  }, [target]);
  useEffect(() => {
    if (begin !== null) void player.current?.seek(begin);
  }, [begin]);
  useEffect(() => {
    if (known && wanted === null) setFollow(follow);
  }, [known]);

  const timeOf = (index: number): { at: number | null; time?: string } => {
    const there = recording?.live ? null : (step?.positionOf(index) ?? null);
    const written = blocks[index]?.timestamp;
    return there === null && written ? { at: null, time: written } : { at: there };
  };
  const lead = (index: number) => {
    const place = timeOf(index);
    setFollow(false);
    setChosen(index);
    if (place.at === null) {
      if (place.time) go(self(place), true);
      return;
    }
    setPosition(place.at);
    void player.current?.seek(place.at);
  };
  const choose = (index: number) => {
    const next = Math.min(Math.max(index, 0), blocks.length - 1);
    setFollow(false);
    setChosen(next);
    scroller.current?.show(next);
    scroller.current?.focus(next);
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const place = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || place instanceof HTMLInputElement || place.closest?.(".terminal")) return;
      const here = [focusedRow(), chosen, current].find((index) => index >= 0) ?? -1;
      const first = scroller.current?.first() ?? 0;
      const asked = (index: number) => blocks[index]?.type === "user";
      if (event.key === "f") setFollow(!follow);
      else if (event.key === "u") history.back();
      else if (!blocks.length) return;
      else if (event.key === "j") choose(here < 0 ? first : here + 1);
      else if (event.key === "k") choose(here < 0 ? first : here - 1);
      else if (event.key === "Home") choose(0);
      else if (event.key === "End") (choose(blocks.length - 1), setFollow(true));
      else if (event.key === "[" || event.key === "]") {
        const way = event.key === "]" ? 1 : -1;
        let next = (here < 0 ? first : here) + way;
        while (next >= 0 && next < blocks.length && !asked(next)) next += way;
        if (asked(next)) choose(next);
      } else if (event.key === "Enter" && chosen >= 0 && !place.closest("a, button, summary, select")) lead(chosen);
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  const refused = error && (error.status ? !(session && session.state !== "ended") : !blocks.length) ? error : null;
  if (refused?.status && !recording && !blocks.length) return <Missing error={refused} what="session" />;
  const chosenTime = blocks[chosen]?.timestamp;
  const copied: { to: Route; words: string } =
    recording && !recording.live && position !== null
      ? { to: self({ at: position }), words: `Copy link to ${exactClock(position)}` }
      : chosenTime
        ? { to: self({ at: null, time: chosenTime }), words: `Copy link to ${timeOfDay(chosenTime)}` }
        : { to: self({ at: null }), words: "Copy link" };
  return (
    <div class={recording ? `session with-terminal show-${pane}` : "session"}>
      <Heading name={name} session={session} recording={recording} link={copied} />
      {recording && (
        <div class="panes" role="group" aria-label="Show">
          <button type="button" aria-pressed={pane === "blocks"} onClick={() => setPane("blocks")}>
            Conversation
          </button>
          <button type="button" aria-pressed={pane === "terminal"} onClick={() => setPane("terminal")}>
            Terminal
          </button>
        </div>
      )}
      <div class="side-by-side">
        <div class="conversation">
          {blocks.length ? (
            <Windowed
              count={blocks.length}
              keyOf={(index) => (blocks[index] as BlockData).block_id}
              row={(index) => {
                const place = timeOf(index);
                return (
                  <BlockRow
                    block={blocks[index] as BlockData}
                    current={index === current}
                    chosen={index === chosen}
                    target={index === target}
                    day={days[index] ?? ""}
                    href={hashOf(self(place))}
                    onTime={() => lead(index)}
                    seeks={place.at !== null}
                  />
                );
              }}
              estimate={64}
              label="Conversation"
              follow={follow}
              onFollow={setFollow}
              scroller={scroller}
            />
          ) : refused ? (
            <Missing error={refused} what="conversation" alone={false} />
          ) : (
            <p class="notice">
              {id === null ? "Nothing of a conversation is known: only the terminal." : ready || error?.status ? "Nothing was said yet." : "Loading…"}
            </p>
          )}
          {ended === "file_deleted" && <p class="notice">The transcript was deleted.</p>}
          {blocks.length > 0 && (
            <div class="jumps">
              <button type="button" onClick={() => choose(0)} title="To the beginning (Home)">
                ↑ Beginning
              </button>
              {!follow && (
                <button type="button" onClick={() => setFollow(true)} title="To the end, and follow it (End)">
                  ↓ Newest
                </button>
              )}
            </div>
          )}
        </div>
        {recording && <Terminal recording={recording.id} live={recording.live} duration={recording.duration} at={begin} onTime={setPosition} player={player} />}
      </div>
    </div>
  );
}

interface HeadingProps {
  name: string;
  session: SessionData | null;
  recording: Described | null;
  link: { to: Route; words: string };
}

function Heading({ name, session, recording, link }: HeadingProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(new URL(hashOf(link.to), document.baseURI).href);
    announce("The link is copied.");
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  const directory = session?.directory ?? recording?.directory ?? "";
  return (
    <header class="heading">
      <h1>{name}</h1>
      <p>
        {session && <State session={session} />}
        <span title={directory}>{basename(directory)}</span>
        {session?.gitBranch && <span class="branch">{session.gitBranch}</span>}
        {session?.model && <span class="more">{session.model}</span>}
        {session && <span class="more">{`${whole(session.messageCount)} messages`}</span>}
        {session?.tokens ? <span class="more" title={`${whole(session.tokens)} tokens, with those that were read from and written to the cache`}>{`${few(session.tokens)} tokens`}</span> : null}
        <span class="more">{moment(session?.createdAt ?? recording?.started ?? "")}</span>
        {recording?.live && <span class="recording on">● live</span>}
        <button type="button" class="link" onClick={() => void copy()}>
          {copied ? "Copied" : link.words}
        </button>
      </p>
    </header>
  );
}
