/**
 * The list of all sessions, kept up to date by the server: a module of its own, which other pages can use as it is.
 *
 *     const stream = new SessionStream({ onSessionChange: (type, sessions) => console.log(type, sessions.length) });
 *     stream.subscribe(() => render(stream.sessions, stream.isConnected, stream.error));
 *     ...
 *     stream.close();
 *
 * Where the connection breaks it is made again after a growing, jittered wait. After MAX_ATTEMPTS in a row without success
 * the list is polled instead, and the stream is still tried from time to time; `reconnect()` tries at once.
 */

import { ApiError, getJson } from "./api";
import { Backoff } from "./backoff";
import { KINDS, type ListSource } from "./shared-list";
import type { SessionChangeType, SessionData, SessionMessage } from "./types";

export const MAX_ATTEMPTS = 5;
/** Milliseconds between two polls. */
export const POLL_MS = 5000;
/** Milliseconds without any message after which a stream is held for dead: the server's keepalive comes every 30 s. */
export const SILENCE_MS = 40_000;
const RETRY_WHILE_POLLING_MS = 60_000;

export interface SessionStreamOptions {
  /** False: does nothing until `reconnect()`. */
  enabled?: boolean;
  onSessionChange?: (type: SessionChangeType, sessions: SessionData[]) => void;
  /** Where the server is, relative to the page. */
  base?: string;
  backoff?: Backoff;
  /** Makes the connection; an EventSource of its own where it is left out. */
  connect?: (() => ListSource) | undefined;
}

export class SessionStream {
  /** Whether messages arrive as things happen; false while the list is polled, or nothing is known. */
  isConnected = false;
  /** Whether the list is asked for every few seconds, because the stream could not be had. */
  isPolling = false;
  /** What went wrong last, null as long as all is well. */
  error: Error | null = null;

  #sessions = new Map<string, SessionData>();
  #sorted: SessionData[] | null = null;
  #source: ListSource | null = null;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #silence: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();
  #closed = false;
  readonly #base: string;
  readonly #backoff: Backoff;
  readonly #onChange: SessionStreamOptions["onSessionChange"];
  readonly #open: () => ListSource;

  constructor(options: SessionStreamOptions = {}) {
    this.#base = options.base ?? "";
    this.#backoff = options.backoff ?? new Backoff(2000);
    this.#onChange = options.onSessionChange;
    this.#open = options.connect ?? (() => new EventSource(`${this.#base}api/claude-sessions/stream`) as ListSource);
    if (options.enabled ?? true) this.#connect();
  }

  /** All sessions, the one that changed last first. The same array as long as nothing changes. */
  get sessions(): SessionData[] {
    this.#sorted ??= [...this.#sessions.values()].sort((a, b) => b.updatedAt - a.updatedAt);
    return this.#sorted;
  }

  /** Call `listener` after every change; the returned function ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Try at once, whatever has been tried before. */
  reconnect(): void {
    this.#closed = false;
    this.#backoff.reset();
    this.#stop();
    this.#connect();
  }

  /** End it: nothing is asked for any more. */
  close(): void {
    this.#closed = true;
    this.isConnected = this.isPolling = false;
    this.#stop();
  }

  #connect(): void {
    const source = this.#open();
    this.#source = source;
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        if (source === this.#source) this.#receive(event);
      });
    }
    source.onerror = () => {
      if (source === this.#source) this.#lost(new Error("The connection to the server is lost."));
    };
    this.#expectSoon();
  }

  #receive(event: MessageEvent<string>): void {
    this.#expectSoon();
    const message = JSON.parse(event.data) as SessionMessage;
    if (!this.isConnected) {
      this.isConnected = true;
      this.isPolling = false;
      this.error = null;
      this.#backoff.reset();
      this.#clearTimers();
      if (message.type === "keepalive") this.#tell();
    }
    if (message.type !== "keepalive") this.#apply(message.type, message.sessions);
  }

  #apply(type: SessionChangeType, sessions: SessionData[]): void {
    if (type === "init" || type === "refresh") this.#sessions.clear();
    for (const session of sessions) {
      if (type === "session-deleted") this.#sessions.delete(session.id);
      else this.#sessions.set(session.id, session);
    }
    this.#sorted = null;
    this.#onChange?.(type, this.sessions);
    this.#tell();
  }

  #lost(error: Error): void {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#silence);
    this.isConnected = false;
    if (this.#closed) return;
    this.error = error;
    if (this.#backoff.attempts < MAX_ATTEMPTS) {
      this.#later(this.#backoff.next(), () => this.#connect());
    } else {
      if (!this.isPolling) {
        this.isPolling = true;
        void this.#poll();
      }
      this.#later(RETRY_WHILE_POLLING_MS, () => this.#connect());
    }
    this.#tell();
  }

  async #poll(): Promise<void> {
    try {
      const sessions = await getJson<SessionData[]>(`${this.#base}api/claude-sessions/all`);
      if (!this.isPolling) return;
      this.error = null;
      this.#apply("refresh", sessions);
    } catch (error) {
      if (!this.isPolling) return;
      this.error = error as Error;
      this.#tell();
      if (error instanceof ApiError && error.unauthorized) return; // asking again does not help
    }
    this.#later(POLL_MS, () => void this.#poll());
  }

  #expectSoon(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(new Error("The server has fallen silent.")), SILENCE_MS);
  }

  #later(delay: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delay);
    this.#timers.add(timer);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #stop(): void {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#silence);
    this.#clearTimers();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
