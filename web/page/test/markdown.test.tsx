// @vitest-environment happy-dom
import { render } from "preact";
import { expect, test } from "vitest";
import { Markdown } from "../src/parts/markdown";

function drawn(text: string): HTMLElement {
  const place = document.createElement("div");
  render(<Markdown text={text} />, place);
  return place.firstElementChild as HTMLElement;
}

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "a <b onclick='x()'>b</b> c",
  "[x](javascript:alert(1))",
  "[x](data:text/html,<script>1</script>)",
  "![x](https://elsewhere.example/track.png)",
  "<https://ok.example/> <javascript:alert(1)>",
  '<a href="vbscript:x">y</a>',
  "```html\n<iframe src=x>\n```",
])("nothing in %o is interpreted or fetched", (text) => {
  const element = drawn(text);
  expect(element.querySelectorAll("script, img, iframe, b, [onclick], [onerror], [src]").length).toBe(0);
  for (const link of element.querySelectorAll("a")) expect(link.getAttribute("href")).toMatch(/^https:/);
});

test("what HTML would be is shown as text", () => {
  expect(drawn("a <b>bold</b> & `x < y` 5 > 3").textContent).toBe("a <b>bold</b> & x < y 5 > 3");
});

test("headings, lists, tables, code and links look like that", () => {
  const element = drawn("# One\n\n1. a\n2. **b**\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```\ncode <x>\n```\n\n[ann](https://ann.example/?a=1&b=2)");
  expect(element.querySelector(".heading.h1")?.textContent).toBe("One");
  expect([...element.querySelectorAll("ol > li")].map((item) => item.textContent)).toEqual(["a", "b"]);
  expect([...element.querySelectorAll("td")].map((cell) => cell.textContent)).toEqual(["1", "2"]);
  expect(element.querySelector("pre code")?.textContent).toBe("code <x>");
  expect(element.querySelector("a")?.getAttribute("href")).toBe("https://ann.example/?a=1&b=2");
});

test("a very long text is not taken apart", () => {
  const element = drawn("*".repeat(300_000));
  expect(element.querySelector("pre")?.textContent?.length).toBe(300_000);
});
