import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BlockStream } from "../src/block-stream";
import { FakeEventSource, block } from "./fakes";

beforeEach(() => {
  vi.useFakeTimers();
  FakeEventSource.made = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const texts = (stream: BlockStream) => stream.blocks.map(({ content }) => ("text" in content ? content.text : ""));

test("blocks are added, changed where they stand, and cleared", () => {
  const stream = new BlockStream("s", () => {});
  const server = FakeEventSource.latest();
  server.say("add_block", block("b1"), "evt_001");
  server.say("add_block", block("b2"), "evt_002");
  server.say("update_block", { block_id: "b1", content: { type: "user", text: "changed" } }, "evt_003");
  server.say("update_block", { block_id: "unknown", content: { type: "user", text: "lost" } }, "evt_004");
  expect(texts(stream)).toEqual(["changed", "b2"]);
  server.say("clear_all", {}, "evt_005");
  server.say("add_block", block("b3"), "evt_006");
  expect(texts(stream)).toEqual(["b3"]);
});

test("after a break it goes on behind the last event it saw", async () => {
  const stream = new BlockStream("a b", () => {});
  expect(FakeEventSource.latest().url).toBe("sessions/a%20b/events");
  FakeEventSource.latest().say("add_block", block("b1"), "evt_041");
  FakeEventSource.latest().onerror?.();
  await vi.advanceTimersByTimeAsync(1000);
  expect(FakeEventSource.latest().url).toBe("sessions/a%20b/events?last_event_id=evt_041");
  FakeEventSource.latest().say("add_block", block("b2"), "evt_042");
  expect(texts(stream)).toEqual(["b1", "b2"]);
});

test("many events are told once", async () => {
  let told = 0;
  const stream = new BlockStream("s", () => (told += 1));
  const before = stream.blocks;
  for (let number = 0; number < 1000; number += 1) FakeEventSource.latest().say("add_block", block(`b${number}`));
  await vi.advanceTimersByTimeAsync(20);
  expect([told, stream.blocks.length, stream.blocks === before]).toEqual([1, 1000, false]);
});

test("a session that ended is not asked for again", async () => {
  const stream = new BlockStream("s", () => {});
  FakeEventSource.latest().say("session_ended", { reason: "file_deleted" }, "session_ended");
  FakeEventSource.latest().onerror?.();
  await vi.advanceTimersByTimeAsync(120_000);
  expect([stream.ended, FakeEventSource.made.length]).toEqual(["file_deleted", 1]);
});
