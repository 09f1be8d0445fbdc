import { expect, test } from "vitest";
import { target } from "../src/hits";
import { changesOfDay } from "../src/times";

test("a hit leads to its moment, on the screen or in the conversation", () => {
  const hit = { kind: "answer", directory: null, text: "", matches: [], command: "", title: null };
  const time = "2026-02-07T12:00:00Z";
  expect(target({ ...hit, time, session_id: "s", recording_id: "r", offset: 1 })).toBe("#/recordings/r?at=1.3");
  expect(target({ ...hit, time, session_id: "s", recording_id: null, offset: null })).toBe("#/sessions/s?time=2026-02-07T12%3A00%3A00Z");
  expect(target({ ...hit, time, session_id: "s", recording_id: "r", offset: null })).toBe("#/sessions/s?time=2026-02-07T12%3A00%3A00Z");
  expect(target({ ...hit, time: null, session_id: "s", recording_id: null, offset: null })).toBe("#/sessions/s");
});

test("a day is named where it begins", () => {
  const times = [null, "2026-02-07T12:00:00Z", "2026-02-07T12:01:00Z", null, "2026-02-09T12:00:00Z"];
  expect(changesOfDay(times).map(Boolean)).toEqual([false, true, false, false, true]);
});
