import type { SessionData } from "../types";

const WORDS = { busy: "busy", idle: "idle", ended: "ended", waiting: "waiting for you" };

/** What a session does now, and what it waits for. */
export function State({ session }: { session: Pick<SessionData, "state" | "waitingFor"> }) {
  return (
    <span class={`state ${session.state}`}>
      <span class="dot" aria-hidden="true" />
      {WORDS[session.state] ?? session.state}
      {session.state === "waiting" && session.waitingFor && <span class="why">{session.waitingFor}</span>}
    </span>
  );
}
