import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Backoff } from "../src/backoff";
import { MAX_ATTEMPTS, POLL_MS, SILENCE_MS, SessionStream } from "../src/session-stream";
import type { SessionChangeType } from "../src/types";
import { FakeEventSource, session } from "./fakes";

let asked: string[];
let answer: () => Response;

beforeEach(() => {
  vi.useFakeTimers();
  FakeEventSource.made = [];
  asked = [];
  answer = () => Response.json([session("polled")]);
  vi.stubGlobal("EventSource", FakeEventSource);
  vi.stubGlobal("fetch", async (url: string) => (asked.push(url), answer()));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const ids = (stream: SessionStream) => stream.sessions.map(({ id }) => id);

async function fail(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    FakeEventSource.latest().onerror?.();
    await vi.advanceTimersByTimeAsync(31_000);
  }
}

test("the list follows what the server tells, newest first", () => {
  const told: [SessionChangeType, number][] = [];
  const stream = new SessionStream({ onSessionChange: (type, all) => told.push([type, all.length]) });
  expect(stream.isConnected).toBe(false);
  const server = FakeEventSource.latest();
  server.say("init", { type: "init", sessions: [session("a", { updatedAt: 1 }), session("b", { updatedAt: 2 })], timestamp: 0 });
  expect(stream.isConnected).toBe(true);
  expect(ids(stream)).toEqual(["b", "a"]);
  server.say("session-created", { type: "session-created", sessions: [session("c", { updatedAt: 3 })], timestamp: 0 });
  server.say("session-updated", { type: "session-updated", sessions: [session("a", { updatedAt: 4 })], timestamp: 0 });
  server.say("session-deleted", { type: "session-deleted", sessions: [session("b")], timestamp: 0 });
  expect(ids(stream)).toEqual(["a", "c"]);
  server.say("refresh", { type: "refresh", sessions: [session("d")], timestamp: 0 });
  expect(ids(stream)).toEqual(["d"]);
  expect(told).toEqual([
    ["init", 2],
    ["session-created", 3],
    ["session-updated", 3],
    ["session-deleted", 2],
    ["refresh", 1],
  ]);
});

test("a keepalive changes nothing", () => {
  const stream = new SessionStream();
  FakeEventSource.latest().say("init", { type: "init", sessions: [session("a")], timestamp: 0 });
  const before = stream.sessions;
  FakeEventSource.latest().say("keepalive", { type: "keepalive", sessions: [], timestamp: 0 });
  expect(stream.sessions).toBe(before);
});

test("a broken connection is made again after a wait that grows", async () => {
  const stream = new SessionStream({ backoff: new Backoff(1000, 60_000, () => 1) });
  for (const [number, wait] of [1000, 2000, 4000].entries()) {
    FakeEventSource.latest().onerror?.();
    expect(stream.error?.message).toContain("lost");
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(FakeEventSource.made.length).toBe(number + 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeEventSource.made.length).toBe(number + 2);
  }
  FakeEventSource.latest().say("init", { type: "init", sessions: [], timestamp: 0 });
  expect([stream.isConnected, stream.error]).toEqual([true, null]);
});

test("after many failures the list is polled, and the stream still tried", async () => {
  const stream = new SessionStream();
  await fail(MAX_ATTEMPTS);
  expect(stream.isPolling).toBe(false);
  FakeEventSource.latest().onerror?.();
  await vi.advanceTimersByTimeAsync(0);
  expect([stream.isPolling, stream.isConnected]).toEqual([true, false]);
  expect(ids(stream)).toEqual(["polled"]);
  await vi.advanceTimersByTimeAsync(2 * POLL_MS);
  expect(asked).toEqual(Array(3).fill("api/claude-sessions/all"));
  await vi.advanceTimersByTimeAsync(60_000);
  FakeEventSource.latest().say("init", { type: "init", sessions: [session("a")], timestamp: 0 });
  expect([stream.isPolling, stream.isConnected, ids(stream)]).toEqual([false, true, ["a"]]);
  const polls = asked.length;
  await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
  expect(asked.length).toBe(polls);
});

test("who is not let in is told so, and does not go on asking", async () => {
  answer = () => Response.json({ error: { code: "unauthorized", message: "Log in first." } }, { status: 401 });
  const stream = new SessionStream();
  await fail(MAX_ATTEMPTS);
  FakeEventSource.latest().onerror?.();
  await vi.advanceTimersByTimeAsync(5 * POLL_MS);
  expect(stream.error?.message).toBe("Log in first.");
  expect(asked.length).toBe(1);
});

test("a server that says nothing any more counts as lost", async () => {
  const stream = new SessionStream();
  FakeEventSource.latest().say("init", { type: "init", sessions: [], timestamp: 0 });
  await vi.advanceTimersByTimeAsync(SILENCE_MS);
  expect([stream.isConnected, FakeEventSource.made[0]?.closed]).toEqual([false, true]);
});

test("reconnect tries at once, close asks for nothing more", async () => {
  const stream = new SessionStream({ enabled: false });
  expect(FakeEventSource.made.length).toBe(0);
  stream.reconnect();
  FakeEventSource.latest().onerror?.();
  stream.reconnect();
  expect(FakeEventSource.made.length).toBe(2);
  FakeEventSource.made[0]?.say("init", { type: "init", sessions: [session("old")], timestamp: 0 });
  expect(stream.sessions).toEqual([]);
  stream.close();
  await vi.advanceTimersByTimeAsync(600_000);
  expect([FakeEventSource.made.length, asked.length]).toEqual([2, 0]);
});
