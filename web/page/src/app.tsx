import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Badge } from "./parts/badge";
import { Help } from "./parts/help";
import { ALL, hashOf } from "./route";
import { announcement, connection, go, route, subject } from "./store";
import { applyTheme, nextTheme, theme } from "./theme";
import { ApiError } from "./api";
import { ListView } from "./views/list";
import { RecordingView, SessionView } from "./views/session";
import { SearchView } from "./views/search";
import { UsageView } from "./views/usage";

const TITLES: Record<string, string> = { list: "", usage: "Usage" };

export function App() {
  const [help, setHelp] = useState(false);
  const [chosen, setChosen] = useState(theme);
  useEffect(() => applyTheme(theme()), []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "/") document.querySelector<HTMLInputElement>("#search")?.focus();
      else if (event.key === "?") setHelp((shown) => !shown);
      else if (event.key === "Escape" && help) setHelp(false);
      else if (event.key === "u" && !/^(session|recording)$/.test(route.value.view)) go(ALL);
      else if (event.key === "t") setChosen(nextTheme());
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [help]);
  const { error } = connection.value;
  const { view } = route.value;
  const place = `${view} ${"id" in route.value ? route.value.id : ""}`;
  const before = useRef(place);
  useEffect(() => {
    subject.value = TITLES[view] ?? (view === "search" && "query" in route.value ? `Search: ${route.value.query}` : subject.value);
    const content = document.getElementById("content");
    if (before.current !== place && !content?.contains(document.activeElement)) content?.focus({ preventScroll: true });
    before.current = place;
  }, [place, "query" in route.value && route.value.query]);
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), document.getElementById("content")?.focus())}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={hashOf(ALL)}>
          claude-sessions
        </a>
        <nav aria-label="Main">
          <NavLink href={hashOf(ALL)} current={route.value.view === "list"}>
            Sessions
          </NavLink>
          <NavLink href="#/usage" current={route.value.view === "usage"}>
            Usage
          </NavLink>
        </nav>
        <form
          class="search"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            const query = new FormData(event.currentTarget).get("q");
            if (typeof query === "string" && query.trim()) go({ view: "search", query: query.trim(), directory: "", since: "" });
          }}
        >
          <input
            id="search"
            name="q"
            type="search"
            aria-label="Search all sessions and recordings"
            placeholder="Search everything  /"
            onKeyDown={(event) => event.key === "Escape" && document.getElementById("content")?.focus()}
            autocomplete="off"
            value={route.value.view === "search" ? route.value.query : ""}
          />
        </form>
        <Badge />
        <button type="button" class="quiet" onClick={() => setChosen(nextTheme())} aria-label={`Colours: ${chosen}`} title={`Colours: ${chosen} (t)`}>
          {{ auto: "◐", light: "☀", dark: "☾" }[chosen]}
        </button>
        <button type="button" class="quiet" onClick={() => setHelp(true)} aria-label="Keys" title="Keys (?)">
          ?
        </button>
      </header>
      <main id="content" tabIndex={-1}>
        {error instanceof ApiError && error.unauthorized ? <LoggedOut /> : <View />}
      </main>
      <div class="unseen" aria-live="polite">
        {announcement.value}
      </div>
      {help && <Help onClose={() => setHelp(false)} />}
    </>
  );
}

function View() {
  const shown = route.value;
  switch (shown.view) {
    case "session":
      return <SessionView key={shown.id} id={shown.id} at={shown.at} time={shown.time} />;
    case "recording":
      return <RecordingView key={shown.id} id={shown.id} at={shown.at} time={shown.time} />;
    case "search":
      return <SearchView query={shown.query} directory={shown.directory} since={shown.since} />;
    case "usage":
      return <UsageView by={shown.by} />;
    case "list":
      return <ListView {...shown} />;
  }
}

function NavLink({ href, current, children }: { href: string; current: boolean; children: ComponentChildren }) {
  return (
    <a href={href} aria-current={current ? "page" : undefined}>
      {children}
    </a>
  );
}

function LoggedOut() {
  return (
    <div class="notice">
      <h1>Logged out</h1>
      <p>
        The server does not know this browser any more. Get a new link with <code>claude-sessions token --login</code>{" "}
        and open it.
      </p>
    </div>
  );
}

/** Whether a key belongs to a field of a form. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
