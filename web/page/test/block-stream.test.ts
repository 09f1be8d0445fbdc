// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BlockStream, UNSEEN_MS } from "../src/block-stream";
import { FakeEventSource, block } from "./fakes";

beforeEach(() => {
  vi.useFakeTimers();
  FakeEventSource.made = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

let streams: BlockStream[] = [];

function watch(...given: ConstructorParameters<typeof BlockStream>): BlockStream {
  const stream = new BlockStream(...given);
  streams.push(stream);
  return stream;
}

afterEach(() => {
  for (const stream of streams) stream.close();
  streams = [];
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const texts = (stream: BlockStream) => stream.blocks.map(({ content }) => ("text" in content ? content.text : ""));

test("blocks are added, changed where they stand, and cleared", () => {
  const stream = watch("s", () => {});
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
  const stream = watch("a b", () => {});
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
  const stream = watch("s", () => (told += 1));
  const before = stream.blocks;
  for (let number = 0; number < 1000; number += 1) FakeEventSource.latest().say("add_block", block(`b${number}`));
  await vi.advanceTimersByTimeAsync(20);
  expect([told, stream.blocks.length, stream.blocks === before]).toEqual([1, 1000, false]);
});

test("a session that ended is not asked for again", async () => {
  const stream = watch("s", () => {});
  FakeEventSource.latest().say("session_ended", { reason: "file_deleted" }, "session_ended");
  FakeEventSource.latest().onerror?.();
  await vi.advanceTimersByTimeAsync(120_000);
  expect([stream.ended, FakeEventSource.made.length]).toEqual(["file_deleted", 1]);
});

test("while nobody sees the page there is no connection, and then it goes on", async () => {
  const stream = watch("s", () => {});
  FakeEventSource.latest().say("add_block", block("b1"), "evt_007");
  let hidden = true;
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(UNSEEN_MS - 1);
  expect(FakeEventSource.latest().closed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(FakeEventSource.latest().closed).toBe(true);
  hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  expect(FakeEventSource.latest().url).toBe("sessions/s/events?last_event_id=evt_007");
  window.dispatchEvent(new Event("pagehide"));
  expect(FakeEventSource.latest().closed).toBe(true);
  window.dispatchEvent(new Event("pageshow"));
  expect(FakeEventSource.made.length).toBe(3);
  stream.close();
  window.dispatchEvent(new Event("pageshow"));
  expect(FakeEventSource.made.length).toBe(3);
});

describe("when there is no connection to be had", () => {
  const refuse = (status: number) => vi.fn(async () => Response.json({ error: { message: `refused with ${status}` } }, { status }));

  test("a server that refuses is not asked again, until it may have changed its mind", async () => {
    const ask = refuse(404);
    vi.stubGlobal("fetch", ask);
    const stream = watch("none", () => {});
    FakeEventSource.latest().onerror?.();
    await vi.advanceTimersByTimeAsync(600_000);
    expect([FakeEventSource.made.length, ask.mock.calls.length]).toEqual([1, 1]);
    expect([stream.error?.status, stream.error?.message]).toEqual([404, "refused with 404"]);
    window.dispatchEvent(new Event("pageshow"));
    expect(FakeEventSource.made.length).toBe(1);
    stream.reconnect();
    FakeEventSource.latest().onopen?.();
    expect([FakeEventSource.made.length, stream.error]).toEqual([2, null]);
  });

  test("a server that is away or in trouble is tried again, and that is said", async () => {
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("no")));
    const stream = watch("s", () => {});
    FakeEventSource.latest().onerror?.();
    await vi.advanceTimersByTimeAsync(1000);
    expect([stream.error?.status, FakeEventSource.made.length]).toEqual([0, 2]);
    vi.stubGlobal("fetch", refuse(503));
    FakeEventSource.latest().onerror?.();
    await vi.advanceTimersByTimeAsync(2000);
    expect([stream.error?.status, FakeEventSource.made.length]).toEqual([503, 3]);
  });

  test("a connection that had been there is made again without asking why", async () => {
    const ask = refuse(404);
    vi.stubGlobal("fetch", ask);
    watch("s", () => {});
    FakeEventSource.latest().onopen?.();
    FakeEventSource.latest().onerror?.();
    await vi.advanceTimersByTimeAsync(1000);
    expect([ask.mock.calls.length, FakeEventSource.made.length]).toEqual([0, 2]);
  });
});
