import type { BlockData, SessionData } from "../src/types";

/** An EventSource whose messages and failures the test makes. The newest is `latest()`. */
export class FakeEventSource extends EventTarget {
  static made: FakeEventSource[] = [];
  static latest(): FakeEventSource {
    const source = FakeEventSource.made.at(-1);
    if (!source) throw new Error("nothing was connected");
    return source;
  }

  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    super();
    FakeEventSource.made.push(this);
  }

  close(): void {
    this.closed = true;
  }

  say(event: string, data: unknown, lastEventId = ""): void {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data), lastEventId }));
  }
}

export function session(id: string, more: Partial<SessionData> = {}): SessionData {
  return {
    id,
    sessionId: id,
    title: `title of ${id}`,
    directory: "/home/ann/shop",
    createdAt: 0,
    updatedAt: 0,
    firstPrompt: "mend it",
    messageCount: 3,
    projectPath: "/home/ann/shop",
    created: "1970-01-01T00:00:00Z",
    modified: "1970-01-01T00:00:00Z",
    gitBranch: "main",
    isSidechain: false,
    state: "ended",
    waitingFor: null,
    recording: null,
    recordingRunning: false,
    model: null,
    tokens: 0,
    ...more,
  };
}

export function block(id: string, timestamp: string | null = null, text = id): BlockData {
  return { block_id: id, type: "user", content: { type: "user", text }, request_id: null, timestamp };
}
