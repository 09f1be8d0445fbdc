import { effect, signal } from "@preact/signals";
import type { Place } from "./parts/windowed";
import { hashOf, parseRoute, type Route } from "./route";
import { SessionStream } from "./session-stream";
import { sharedConnect } from "./shared-list";
import type { SessionData } from "./types";

export const sessions = signal<readonly SessionData[]>([]);
export const connection = signal<{ live: boolean; polling: boolean; error: Error | null }>({
  live: false,
  polling: false,
  error: null,
});
/** Whether the first list has come. */
export const loaded = signal(false);
export const route = signal<Route>(parseRoute(location.hash));
/** The present time in milliseconds, every half a minute anew: for "5 minutes ago". */
export const now = signal(Date.now());
/** What is said to a screen reader. */
export const announcement = signal("");
/** What the page is about: the first part of its title. */
export const subject = signal("");
/** Where the person was in the list, to come back to. */
export const listPlace: { filter: string; place: Place | null; session: string } = { filter: "", place: null, session: "" };

/** Say something to a screen reader, also if it was said last. */
export function announce(text: string): void {
  announcement.value = announcement.peek() === text ? `${text}\u00a0` : text;
}

export const stream = new SessionStream({ onSessionChange: () => (loaded.value = true), connect: sharedConnect() });

stream.subscribe(() => {
  const before = new Map(sessions.peek().map((session) => [session.id, session.state]));
  const waiting = stream.sessions.find(({ id, state }) => state === "waiting" && before.has(id) && before.get(id) !== state);
  if (waiting) announce(`${waiting.title || "A session"} waits for you: ${waiting.waitingFor ?? "an answer"}`);
  sessions.value = stream.sessions;
  connection.value = { live: stream.isConnected, polling: stream.isPolling, error: stream.error };
  now.value = Date.now();
});

setInterval(() => (now.value = Date.now()), 30_000);
window.addEventListener("hashchange", () => (route.value = parseRoute(location.hash)));
// A page that the browser keeps to come back to must not keep its connection: there are few for one server.
window.addEventListener("pagehide", () => stream.close());
window.addEventListener("pageshow", (event) => event.persisted && stream.reconnect());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  now.value = Date.now();
  if (!stream.isConnected) stream.reconnect(); // somebody is looking again
});

effect(() => {
  const waiting = sessions.value.filter(({ state }) => state === "waiting").length;
  document.title = `${waiting ? `(${waiting}) ` : ""}${subject.value ? `${subject.value} – ` : ""}claude-sessions`;
});

/** Show something else. `replace` leaves no trace in the browser's history. */
export function go(to: Route, replace = false): void {
  const hash = hashOf(to);
  if (hash === (location.hash || "#/")) return;
  if (replace) {
    history.replaceState(null, "", hash);
    route.value = to;
  } else {
    location.hash = hash;
  }
}
