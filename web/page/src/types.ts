// What the server sends, as far as the page uses it.

export type SessionState = "busy" | "idle" | "waiting" | "ended";

/** One session of Claude Code. */
export interface SessionData {
  id: string;
  sessionId: string;
  title: string;
  directory: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
  firstPrompt: string;
  messageCount: number;
  projectPath: string;
  created: string;
  modified: string;
  gitBranch: string;
  isSidechain: boolean;
  state: SessionState;
  waitingFor: string | null;
  recording: string | null;
  recordingRunning: boolean;
  model: string | null;
  tokens: number;
}

export type SessionChangeType =
  | "init"
  | "session-created"
  | "session-updated"
  | "session-deleted"
  | "refresh"
  | "keepalive";

export interface SessionMessage {
  type: SessionChangeType;
  sessions: SessionData[];
  timestamp: number;
}

export interface QuestionData {
  question: string;
  header: string;
  options: { label: string; description: string }[];
  multi_select: boolean;
}

/** What a block shows, by its type. */
export type BlockContent =
  | { type: "user"; text: string }
  | { type: "assistant"; text: string }
  | {
      type: "tool_call";
      tool_name: string;
      label: string;
      result: string | null;
      is_error: boolean;
      progress_text: string | null;
    }
  | { type: "question"; questions: QuestionData[]; answers: Record<string, string> | null }
  | { type: "thinking"; text: string }
  | { type: "duration"; duration_ms: number }
  | { type: "system"; text: string };

export interface BlockData {
  block_id: string;
  type: BlockContent["type"];
  content: BlockContent;
  request_id: string | null;
  /** When its line was written, RFC 3339; null where the transcript does not say. */
  timestamp: string | null;
}

/** A recording as the list of recordings has it. */
export interface ListedRecording {
  id: string;
  title: string;
  directory: string;
  started: string;
  /** Null while it runs. */
  ended: string | null;
  /** Seconds. */
  duration: number | null;
  claude_session_id: string | null;
}

export interface RecordingData {
  id: string;
  started: string;
  /** Seconds. */
  duration: number | null;
  live: boolean;
  title: string | null;
  directory: string | null;
}

export interface SearchHit {
  kind: string;
  time: string | null;
  directory: string | null;
  session_id: string | null;
  recording_id: string | null;
  /** Seconds into the recording. */
  offset: number | null;
  title?: string | null;
  text: string;
  /** Stretches of `text`, in characters as Python counts them. */
  matches: { start: number; end: number }[];
  command: string;
}

export interface UsageRow {
  /** What is summed up: one of these is there, as the report is. */
  date?: string;
  week?: string;
  month?: string;
  directory?: string | null;
  model?: string;
  responses: number;
  input_tokens: number;
  output_tokens: number;
  cache_write_tokens: number;
  cache_read_tokens: number;
  total_tokens: number;
  /** US dollars; null where a price is not known. */
  cost: number | null;
  known_cost: number;
  lower_bound: boolean;
  models: UsageRow[];
}

export interface UsageReport {
  report: string;
  prices_date: string;
  rows: UsageRow[];
  totals?: UsageRow;
}
