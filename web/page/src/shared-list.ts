/**
 * One stream of the session list for all open pages of a browser: it allows few connections to one server, and six pages that have one
 * each would leave none for anything else. The stream lives in a shared worker (list-worker.ts); every page has a port to it.
 */

import type { SessionChangeType, SessionData, SessionMessage } from "./types";

export const KINDS: SessionChangeType[] = ["init", "session-created", "session-updated", "session-deleted", "refresh", "keepalive"];

/**
 * Milliseconds without any message after which the worker holds the stream for dead: a little before the pages do, since to a page that
 * comes back it would show what it knows as if it were live.
 */
export const QUIET_MS = 38_000;

/** What a SessionStream needs of an EventSource. */
export interface ListSource {
  addEventListener(kind: string, handle: (event: MessageEvent<string>) => void): void;
  onerror: ((event: Event) => unknown) | null;
  close(): void;
}

export type FromPage = { ask: "open" | "close" };
export type ToPage = { kind: SessionChangeType; data: string } | { kind: "error" };

/** The worker's side: the ports that listen, and the stream as long as there are any. */
export class SharedList {
  #listening = new Set<Pick<MessagePort, "postMessage">>();
  #source: ListSource | null = null;
  #sessions: Map<string, SessionData> | null = null;
  #quiet: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly connect: () => ListSource) {}

  ask(port: Pick<MessagePort, "postMessage">, { ask }: FromPage): void {
    if (ask === "close") {
      this.#listening.delete(port);
      if (!this.#listening.size) this.#stop();
      return;
    }
    this.#listening.add(port);
    if (!this.#source) this.#start();
    else if (this.#sessions) port.postMessage({ kind: "init", data: this.#init(this.#sessions) } satisfies ToPage);
  }

  #start(): void {
    const source = this.connect();
    this.#source = source;
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data }) => {
        if (source === this.#source) this.#receive(kind, data);
      });
    }
    source.onerror = () => {
      if (source === this.#source) this.#lost();
    };
    this.#expectSoon();
  }

  #lost(): void {
    const told = [...this.#listening];
    this.#listening.clear();
    this.#stop();
    for (const port of told) port.postMessage({ kind: "error" } satisfies ToPage);
  }

  #expectSoon(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#lost(), QUIET_MS);
  }

  #receive(kind: SessionChangeType, data: string): void {
    this.#expectSoon();
    const { sessions } = JSON.parse(data) as SessionMessage;
    if (kind === "init" || kind === "refresh") this.#sessions = new Map();
    for (const session of sessions) {
      if (kind === "session-deleted") this.#sessions?.delete(session.id);
      else this.#sessions?.set(session.id, session);
    }
    for (const port of this.#listening) port.postMessage({ kind, data } satisfies ToPage);
  }

  #init(sessions: Map<string, SessionData>): string {
    return JSON.stringify({ type: "init", sessions: [...sessions.values()], timestamp: Date.now() } satisfies SessionMessage);
  }

  #stop(): void {
    clearTimeout(this.#quiet);
    this.#source?.close();
    this.#source = null;
    this.#sessions = null;
  }
}

/** The page's side: looks like an EventSource. */
export class SharedSource implements ListSource {
  onerror: ((event: Event) => unknown) | null = null;

  readonly #target = new EventTarget();

  constructor(private readonly port: MessagePort) {
    port.onmessage = ({ data }: MessageEvent<ToPage>) => {
      if (data.kind === "error") this.onerror?.(new Event("error"));
      else this.#target.dispatchEvent(new MessageEvent(data.kind, { data: data.data }));
    };
    port.postMessage({ ask: "open" } satisfies FromPage);
  }

  addEventListener(kind: string, handle: (event: MessageEvent<string>) => void): void {
    this.#target.addEventListener(kind, handle as EventListener);
  }

  close(): void {
    this.port.postMessage({ ask: "close" } satisfies FromPage);
    this.port.onmessage = null;
  }
}

/** Return what connects to the list through the shared worker; undefined where this browser has none. */
export function sharedConnect(): (() => ListSource) | undefined {
  if (typeof SharedWorker === "undefined") return undefined;
  try {
    const worker = new SharedWorker(new URL("./list-worker.ts", import.meta.url), { type: "module", name: "claude-sessions" });
    return () => new SharedSource(worker.port);
  } catch {
    return undefined;
  }
}
