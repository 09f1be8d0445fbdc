import type { Player } from "asciinema-player";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, getJson } from "../api";
import { BlockStream } from "../block-stream";
import { BlockRow } from "../parts/block";
import { State } from "../parts/state";
import { Terminal } from "../parts/terminal";
import { Windowed, type Scroller } from "../parts/windowed";
import { hashOf } from "../route";
import { basename } from "../sessions";
import { Step } from "../step";
import { sessions } from "../store";
import { clock, few, moment } from "../times";
import type { BlockData, RecordingData, SessionData } from "../types";

interface Asked<T> {
  value: T | null;
  error: Error | null;
}

/** One session: what was said and done, beside its terminal where it was recorded. */
export function SessionView({ id, at }: { id: string; at: number | null }) {
  const session = sessions.value.find((each) => each.id === id || each.sessionId === id) ?? null;
  const recording = useRecording(session?.recording ?? null, session?.recordingRunning ?? false);
  return <Together id={id} session={session} recording={recording.value} at={at} />;
}

/** A recording, with the newest of the conversations in it, if there is one. */
export function RecordingView({ id, at }: { id: string; at: number | null }) {
  const { value, error } = useRecording(id, false);
  if (error) return <p class="notice">{error.message}</p>;
  if (!value) return <p class="notice">Loading…</p>;
  const conversation = value.transcripts.at(-1) ?? null;
  const session = sessions.value.find((each) => each.id === conversation) ?? null;
  return <Together id={conversation} session={session} recording={value} at={at} />;
}

interface TogetherProps {
  id: string | null;
  session: SessionData | null;
  recording: (RecordingData & { transcripts: string[] }) | null;
  at: number | null;
}

function Together({ id, session, recording, at }: TogetherProps) {
  const { blocks, ready, ended } = useBlocks(id);
  const player = useRef<Player | null>(null);
  const scroller = useRef<Scroller>(null);
  const [position, setPosition] = useState<number | null>(at);
  const [follow, setFollow] = useState(at === null);
  const [chosen, setChosen] = useState(-1);
  const [pane, setPane] = useState<"blocks" | "terminal">(at === null ? "blocks" : "terminal");
  const step = useMemo(() => (recording ? new Step(blocks, Date.parse(recording.started)) : null), [blocks, recording]);
  const current = step && position !== null && !recording?.live ? step.blockAt(position) : -1;

  useEffect(() => {
    if (current >= 0 && !follow) scroller.current?.show(current);
  }, [current]);

  const seek = (index: number) => {
    const to = step?.positionOf(index);
    if (to === null || to === undefined || recording?.live) return;
    setFollow(false);
    setPosition(to);
    void player.current?.seek(to);
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
      const move = { j: 1, k: -1 }[event.key];
      if (move && blocks.length) {
        const next = Math.min(Math.max((chosen < 0 ? current : chosen) + move, 0), blocks.length - 1);
        setFollow(false);
        setChosen(next);
        scroller.current?.show(next);
      } else if (event.key === "Enter" && chosen >= 0 && event.target === document.body) {
        seek(chosen);
      } else if (event.key === "f") {
        setFollow((now) => !now);
      } else if (event.key === "u") {
        history.back();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  return (
    <div class={recording ? `session with-terminal show-${pane}` : "session"}>
      <Heading id={id} session={session} recording={recording} position={position} />
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
              row={(index) => (
                <BlockRow
                  block={blocks[index] as BlockData}
                  current={index === current}
                  chosen={index === chosen}
                  onSeek={step && !recording?.live && step.positionOf(index) !== null ? () => seek(index) : undefined}
                />
              )}
              estimate={64}
              label="Conversation"
              follow={follow}
              onFollow={setFollow}
              scroller={scroller}
            />
          ) : (
            <p class="notice">{id === null ? "Nothing of a conversation is known: only the terminal." : ready ? "Nothing was said yet." : "Loading…"}</p>
          )}
          {ended === "file_deleted" && <p class="notice">The transcript was deleted.</p>}
          {!follow && blocks.length > 0 && (
            <button type="button" class="follow" onClick={() => setFollow(true)}>
              ↓ Newest
            </button>
          )}
        </div>
        {recording && <Terminal recording={recording.id} live={recording.live} at={at} onTime={setPosition} player={player} />}
      </div>
    </div>
  );
}

function Heading({ id, session, recording, position }: Omit<TogetherProps, "at"> & { position: number | null }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const route = session || !recording ? ({ view: "session", id: id ?? "" } as const) : ({ view: "recording", id: recording.id } as const);
    const link = new URL(hashOf({ ...route, at: recording?.live ? null : position }), document.baseURI);
    await navigator.clipboard.writeText(link.href);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  const directory = session?.directory ?? recording?.directory ?? "";
  return (
    <header class="heading">
      <h1>{session?.title || recording?.title || session?.firstPrompt || (id ?? recording?.id ?? "").slice(0, 8)}</h1>
      <p>
        {session && <State session={session} />}
        <span title={directory}>{basename(directory)}</span>
        {session?.gitBranch && <span class="branch">{session.gitBranch}</span>}
        {session?.model && <span>{session.model}</span>}
        {session && <span>{`${few(session.messageCount)} messages`}</span>}
        {session?.tokens ? <span>{`${few(session.tokens)} tokens`}</span> : null}
        <span>{moment(session?.createdAt ?? recording?.started ?? "")}</span>
        {recording?.live && <span class="recording on">● live</span>}
        <button type="button" class="link" onClick={() => void copy()}>
          {copied ? "Copied" : position !== null && !recording?.live ? `Copy link to ${clock(position)}` : "Copy link"}
        </button>
      </p>
    </header>
  );
}

function useBlocks(id: string | null): { blocks: BlockData[]; ready: boolean; ended: string | null } {
  const [seen, setSeen] = useState<{ blocks: BlockData[]; ready: boolean; ended: string | null }>({ blocks: [], ready: false, ended: null });
  useEffect(() => {
    if (id === null) return undefined;
    const stream: BlockStream = new BlockStream(id, () => setSeen({ blocks: stream.blocks, ready: stream.ready, ended: stream.ended }));
    return () => stream.close();
  }, [id]);
  return seen;
}

/** Ask for a recording, again when it begins or ends running. */
function useRecording(id: string | null, running: boolean): Asked<RecordingData & { transcripts: string[] }> {
  const [asked, setAsked] = useState<Asked<RecordingData & { transcripts: string[] }>>({ value: null, error: null });
  useEffect(() => {
    if (id === null) return undefined;
    const abort = new AbortController();
    getJson<RecordingData & { transcripts: string[] }>(`api/recordings/${encodeURIComponent(id)}`, abort.signal).then(
      (value) => setAsked({ value, error: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setAsked({ value: null, error: error instanceof ApiError ? error : new Error(String(error)) });
      },
    );
    return () => abort.abort();
  }, [id, running]);
  return asked;
}
