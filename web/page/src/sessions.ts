import type { ListedRecording, SessionData } from "./types";

export interface Filter {
  text: string;
  project: string;
  state: string;
}

/** Return those sessions for which a filter holds: every word of its text stands in the title, prompt or directory. */
export function filtered(sessions: readonly SessionData[], filter: Filter): SessionData[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return sessions.filter((session) => {
    if (filter.project && session.projectPath !== filter.project) return false;
    if (filter.state === "live" ? session.state === "ended" : filter.state && session.state !== filter.state) return false;
    if (!words.length) return true;
    const text = `${session.title}\n${session.firstPrompt}\n${session.directory}\n${session.gitBranch}\n${session.id}`;
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  });
}

/** Return those recordings that belong to none of the sessions and for which a filter holds. */
export function unheard(
  recordings: readonly ListedRecording[],
  sessions: readonly SessionData[],
  filter: { text: string; project: string },
): ListedRecording[] {
  const heard = new Set(sessions.flatMap(({ id, sessionId, recording }) => [id, sessionId, recording]));
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return recordings.filter((each) => {
    if (heard.has(each.id) || (each.claude_session_id !== null && heard.has(each.claude_session_id))) return false;
    if (filter.project && each.directory !== filter.project) return false;
    const lower = `${each.title}\n${each.directory}\n${each.id}`.toLowerCase();
    return words.every((word) => lower.includes(word));
  });
}

/** Return the projects that occur, with the number of their sessions, the one with most first. */
export function projects(sessions: readonly SessionData[]): [path: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { projectPath } of sessions) counts.set(projectPath, (counts.get(projectPath) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** Put those first that a person has to look at: waiting, then busy, then idle; within each the order stays. */
export function urgentFirst(sessions: readonly SessionData[]): SessionData[] {
  const rank = { waiting: 0, busy: 1, idle: 2, ended: 3 };
  return [...sessions].sort((a, b) => (rank[a.state] ?? 3) - (rank[b.state] ?? 3));
}

/** Return the last part of a path. */
export function basename(path: string): string {
  return path.replace(/\/+$/, "").split("/").pop() || path;
}
