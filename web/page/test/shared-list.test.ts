import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { QUIET_MS, SharedList, SharedSource, type ListSource, type ToPage } from "../src/shared-list";
import { FakeEventSource, session } from "./fakes";

class FakePort {
  got: ToPage[] = [];
  postMessage(message: ToPage): void {
    this.got.push(message);
  }
  get kinds(): string[] {
    return this.got.map(({ kind }) => kind);
  }
}

let list: SharedList;

beforeEach(() => {
  vi.useFakeTimers();
  FakeEventSource.made = [];
  list = new SharedList(() => new FakeEventSource("stream") as unknown as ListSource);
});

afterEach(() => {
  vi.useRealTimers();
});

const tell = (type: string, ...ids: string[]) =>
  FakeEventSource.latest().say(type, { type, sessions: ids.map((id) => session(id)), timestamp: 0 });

test("many pages share one connection, and a late one gets all that is known", () => {
  const [first, second] = [new FakePort(), new FakePort()];
  list.ask(first, { ask: "open" });
  tell("init", "a", "b");
  tell("session-created", "c");
  tell("session-deleted", "a");
  list.ask(second, { ask: "open" });
  expect(FakeEventSource.made.length).toBe(1);
  expect(first.kinds).toEqual(["init", "session-created", "session-deleted"]);
  const [init] = second.got;
  expect(init?.kind === "init" && JSON.parse(init.data).sessions.map((one: { id: string }) => one.id)).toEqual(["b", "c"]);
  tell("keepalive");
  expect([first.kinds.at(-1), second.kinds.at(-1)]).toEqual(["keepalive", "keepalive"]);
});

test("the connection ends with the last page", () => {
  const [first, second] = [new FakePort(), new FakePort()];
  list.ask(first, { ask: "open" });
  list.ask(second, { ask: "open" });
  list.ask(first, { ask: "close" });
  expect(FakeEventSource.latest().closed).toBe(false);
  list.ask(second, { ask: "close" });
  expect(FakeEventSource.latest().closed).toBe(true);
});

test("when it breaks all are told, and the first to come again connects", () => {
  const [first, second] = [new FakePort(), new FakePort()];
  list.ask(first, { ask: "open" });
  list.ask(second, { ask: "open" });
  tell("init", "a");
  FakeEventSource.latest().onerror?.();
  expect([first.kinds.at(-1), second.kinds.at(-1)]).toEqual(["error", "error"]);
  list.ask(second, { ask: "open" });
  list.ask(first, { ask: "open" });
  expect(FakeEventSource.made.length).toBe(2);
  expect(first.kinds).toEqual(["init", "error"]);
  tell("init", "b");
  expect([first.kinds.at(-1), second.kinds.at(-1)]).toEqual(["init", "init"]);
});

test("the page's side is like an EventSource", () => {
  const asked: unknown[] = [];
  const port = { postMessage: (message: unknown) => asked.push(message), onmessage: null } as unknown as MessagePort;
  const source = new SharedSource(port);
  const seen: string[] = [];
  source.addEventListener("init", ({ data }) => seen.push(data));
  source.onerror = () => seen.push("broken");
  port.onmessage?.(new MessageEvent("message", { data: { kind: "init", data: "{}" } }));
  port.onmessage?.(new MessageEvent("message", { data: { kind: "error" } }));
  source.close();
  expect([seen, asked, port.onmessage]).toEqual([["{}", "broken"], [{ ask: "open" }, { ask: "close" }], null]);
});

test("a stream that says nothing any more is given up, and what it said is not shown as live", async () => {
  const page = new FakePort();
  list.ask(page, { ask: "open" });
  tell("init", "a");
  await vi.advanceTimersByTimeAsync(QUIET_MS - 1);
  tell("keepalive");
  await vi.advanceTimersByTimeAsync(QUIET_MS - 1);
  expect(page.kinds).toEqual(["init", "keepalive"]);
  await vi.advanceTimersByTimeAsync(1);
  expect([page.kinds.at(-1), FakeEventSource.latest().closed]).toEqual(["error", true]);
  list.ask(page, { ask: "open" });
  expect([page.kinds.at(-1), FakeEventSource.made.length]).toEqual(["error", 2]);
});
