import { describe, expect, test } from "vitest";
import { address, socketAddress } from "../src/api";
import { Backoff } from "../src/backoff";
import { pieces } from "../src/marks";
import { hashOf, parseRoute, type Route } from "../src/route";
import { basename, filtered, projects, unheard, urgentFirst } from "../src/sessions";
import { beside } from "../src/parts/chart";
import { Step, blockOf } from "../src/step";
import { ago, clock, dollars, exactClock, lasted } from "../src/times";
import { block, session } from "./fakes";

describe("waits", () => {
  test("double up to the longest, and are between half and all of it", () => {
    const least = new Backoff(100, 1000, () => 0);
    const most = new Backoff(100, 1000, () => 1);
    expect([1, 2, 3, 4, 5, 6].map(() => [least.next(), most.next()])).toEqual([
      [50, 100],
      [100, 200],
      [200, 400],
      [400, 800],
      [500, 1000],
      [500, 1000],
    ]);
    most.reset();
    expect([most.attempts, most.next()]).toEqual([0, 100]);
  });
});

describe("addresses", () => {
  test("leave out what has no value", () => {
    expect(address("api/search", { q: "a&b", since: null, dir: "", limit: 0 })).toBe("api/search?q=a%26b&limit=0");
  });
  test("of WebSockets are those of the page, encrypted as it is", () => {
    expect(socketAddress("api/x/live", "https://h.example/base/#/sessions/1")).toBe("wss://h.example/base/api/x/live");
    expect(socketAddress("ws", "http://127.0.0.1:8765/")).toBe("ws://127.0.0.1:8765/ws");
  });
});

describe("routes", () => {
  const routes: Route[] = [
    { view: "list", text: "", project: "", state: "" },
    { view: "list", text: "a b", project: "/x/y z", state: "waiting" },
    { view: "session", id: "0b2c", at: null },
    { view: "session", id: "odd/%20 id", at: 12.5 },
    { view: "recording", id: "0b2c", at: 0 },
    { view: "session", id: "0b2c", at: null, time: "2026-02-07T12:00:00.123Z" },
    { view: "search", query: "50% of #1", directory: "", since: "" },
    { view: "search", query: "a", directory: "/x/y z", since: "7d" },
    { view: "usage", by: "daily" },
    { view: "usage", by: "model" },
  ];
  test.each(routes)("%o comes back from its address", (route) => {
    expect(parseRoute(hashOf(route))).toEqual(route);
  });
  test.each(["", "#", "#/sessions/", "#/nothing", "#?x", "#/sessions"])("%o is the list", (hash) => {
    expect(parseRoute(hash).view).toBe("list");
  });
  test.each([
    ["#/usage?by=blocks", { view: "usage", by: "daily" }],
    ["#/sessions/a?time=yesterday", { view: "session", id: "a", at: null }],
  ])("what makes no sense in %o is left out", (hash, expected) => {
    expect(parseRoute(hash)).toEqual(expected);
  });
  test("a broken address is taken as it is", () => {
    expect(parseRoute("#/sessions/%E0%A4%A?at=-3")).toEqual({ view: "session", id: "%E0%A4%A", at: null });
  });
});

describe("sessions", () => {
  const all = [
    session("a", { title: "Mend the parser", state: "ended" }),
    session("b", { title: "Write docs", projectPath: "/home/ann/docs", state: "busy" }),
    session("c", { firstPrompt: "the PARSER again", state: "waiting" }),
  ];
  const ids = (found: { id: string }[]) => found.map(({ id }) => id).join("");
  test.each([
    [{ text: "parser", project: "", state: "" }, "ac"],
    [{ text: "parser again", project: "", state: "" }, "c"],
    [{ text: "", project: "/home/ann/docs", state: "" }, "b"],
    [{ text: "", project: "", state: "live" }, "bc"],
    [{ text: "", project: "", state: "waiting" }, "c"],
    [{ text: "nothing", project: "", state: "" }, ""],
  ])("%o", (filter, expected) => {
    expect(ids(filtered(all, filter))).toBe(expected);
  });
  test("those that wait come first", () => {
    expect(ids(urgentFirst(all))).toBe("cba");
  });
  test("recordings of which no session is known are told apart", () => {
    const recording = (id: string, claude_session_id: string | null = null, title = "") => {
      return { id, title, directory: "/x/demo", started: "", ended: null, duration: null, claude_session_id };
    };
    const those = [recording("r1"), recording("r2", "a"), recording("r3", "gone", "Try it"), recording("r4"), recording("a")];
    const known = [...all, session("d", { recording: "r4" })];
    expect(ids(unheard(those, known, { text: "", project: "" }))).toBe("r1r3");
    expect(ids(unheard(those, known, { text: "try DEMO", project: "" }))).toBe("r3");
    expect(ids(unheard(those, known, { text: "", project: "/elsewhere" }))).toBe("");
  });
  test("projects are counted", () => {
    expect(projects(all)).toEqual([
      ["/home/ann/shop", 2],
      ["/home/ann/docs", 1],
    ]);
    expect([basename("/a/b/"), basename("/"), basename("")]).toEqual(["b", "/", ""]);
  });
});

describe("blocks and terminal", () => {
  const at = (second: number) => new Date(1_000_000 + second * 1000).toISOString();
  const step = new Step([block("a", at(-5)), block("b", at(1)), block("c"), block("d", at(3)), block("e", at(2))], 1_000_000, 0);
  test.each([
    [0, 0],
    [0.9, 0],
    [1, 2],
    [2.9, 2],
    [3, 4],
    [99, 4],
  ])("at %d s it is block %d", (position, expected) => {
    expect(step.blockAt(position)).toBe(expected);
  });
  test("a block has a position unless it was before the recording", () => {
    expect([0, 1, 2, 3, 4, 5].map((number) => step.positionOf(number))).toEqual([null, 1, 1, 3, 3, null]);
    expect(new Step([block("a")], 0, 0).positionOf(0)).toBeNull();
    expect(new Step([block("a")], 0, 0).blockAt(9)).toBe(0);
  });
  test("a moment means the first block of that time, else the last before it", () => {
    const blocks = [block("a"), block("b", at(1)), block("c", at(2)), block("d", at(2)), block("e", at(1.5)), block("f", at(4))];
    const meant = (second: number) => blockOf(blocks, 1_000_000 + second * 1000);
    expect([0, 1, 1.4, 1.5, 2, 3, 9].map(meant)).toEqual([-1, 1, 1, 4, 2, 2, 5]);
  });
  test("a block is where it has been drawn", () => {
    const later = new Step([block("a", at(1)), block("b", at(1.1))], 1_000_000, 0.5);
    expect([later.positionOf(0), later.blockAt(1.4), later.blockAt(1.5), later.blockAt(1.6)]).toEqual([1.5, -1, 0, 1]);
  });
});

describe("texts", () => {
  test("matches count characters", () => {
    expect(pieces("🎉 to mend 🎉", [{ start: 2, end: 4 }])).toEqual([
      { text: "🎉 ", match: false },
      { text: "to", match: true },
      { text: " mend 🎉", match: false },
    ]);
    expect(pieces("ab", [{ start: 1, end: 9 }, { start: 0, end: 1 }])).toEqual([
      { text: "a", match: false },
      { text: "b", match: true },
    ]);
  });
  test("the axis of time has room for the first and the last bar", () => {
    expect([beside([10, 20, 40], 10, 40), beside([10], 10, 10)]).toEqual([[5, 45], [10, 10]]);
  });
  test("times", () => {
    expect([exactClock(0), exactClock(1.96), exactClock(59.97), exactClock(3600.04)]).toEqual(["0:00.0", "0:02.0", "1:00.0", "1:00:00.0"]);
    expect([clock(0), clock(75.9), clock(3600), clock(-1)]).toEqual(["0:00", "1:15", "1:00:00", "0:00"]);
    expect([lasted(59_999), lasted(61_000)]).toEqual(["59s", "1m 1s"]);
    expect([ago(0, 7_200_000, "en"), ago(0, 30_000, "en"), ago(Number.NaN, 0)]).toEqual(["2 hr. ago", "now", ""]);
    expect([dollars(null), dollars(2, true).startsWith("≥ $2")]).toEqual(["?", true]);
  });
});
