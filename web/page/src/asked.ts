// What a session's page asks the server for.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, getJson } from "./api";
import { BlockStream } from "./block-stream";
import { connection } from "./store";
import type { RecordingData, SessionData } from "./types";

export type Described = RecordingData & { transcripts: string[] };

interface Asked {
  value: Described | null;
  error: Error | null;
}

type Seen = Pick<BlockStream, "blocks" | "ready" | "ended" | "error">;

/** The blocks of a session; asked for at once when the server comes back, or has something of it after all. */
export function useBlocks(id: string | null, session: SessionData | null): Seen {
  const [seen, setSeen] = useState<Seen>({ blocks: [], ready: false, ended: null, error: null });
  const stream = useRef<BlockStream | null>(null);
  useEffect(() => {
    if (id === null) return undefined;
    const made: BlockStream = new BlockStream(id, () =>
      setSeen({ blocks: made.blocks, ready: made.ready, ended: made.ended, error: made.error }),
    );
    stream.current = made;
    return () => made.close();
  }, [id]);
  const wasLost = useRef(false);
  const { live, error } = connection.value;
  useEffect(() => {
    if (live && wasLost.current) stream.current?.reconnect();
    wasLost.current = !live && error !== null;
  }, [live, error]);
  const there = (session?.messageCount ?? 0) > 0;
  useEffect(() => {
    if (there && stream.current?.error) stream.current.reconnect();
  }, [there]);
  return seen;
}

/** Ask for a recording, again when it begins or ends running, and when the server comes back. */
export function useRecording(id: string | null, running: boolean): Asked {
  const [asked, setAsked] = useState<Asked>({ value: null, error: null });
  const failed = asked.error !== null && !(asked.error instanceof ApiError && asked.error.status === 404);
  const again = failed && connection.value.live;
  useEffect(() => {
    if (id === null) return undefined;
    const abort = new AbortController();
    getJson<Described>(`api/recordings/${encodeURIComponent(id)}`, abort.signal).then(
      (value) => setAsked({ value, error: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setAsked({ value: null, error: error instanceof Error ? error : new Error(String(error)) });
      },
    );
    return () => abort.abort();
  }, [id, running, again]);
  return asked;
}
