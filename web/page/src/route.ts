// What the page shows, as it stands behind the # of its address: so that it can be bookmarked and sent.
//
//     #/                      all sessions                  #/search?q=words         what was found
//     #/sessions/ID           one of them                   #/usage?by=daily         tokens and costs
//     #/sessions/ID?at=12.5   at a moment of its recording, in seconds from its start
//     #/sessions/ID?time=T    at what was said at a moment, RFC 3339
//     #/recordings/ID?at=…    a recording without a transcript

export type Route =
  | { view: "list"; text: string; project: string; state: string }
  | { view: "session"; id: string; at: number | null; time?: string }
  | { view: "recording"; id: string; at: number | null; time?: string }
  | { view: "search"; query: string; directory: string; since: string }
  | { view: "usage"; by: string };

/** What usage can be summed up by. */
export const REPORTS: [by: string, label: string, one: string][] = [
  ["daily", "Days", "Day"],
  ["weekly", "Weeks", "Week of"],
  ["monthly", "Months", "Month"],
  ["project", "Projects", "Project"],
  ["model", "Models", "Model"],
];

/** Return what a hash asks for; the list where it makes no sense. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const parameters = new URLSearchParams(query);
  const [, view, id] = path.split("/", 3);
  const at = Number.parseFloat(parameters.get("at") ?? "");
  const time = parameters.get("time");
  switch (view) {
    case "sessions":
    case "recordings":
      if (!id) break;
      return {
        view: view === "sessions" ? "session" : "recording",
        id: decoded(id),
        at: Number.isFinite(at) && at >= 0 ? at : null,
        ...(time && !Number.isNaN(Date.parse(time)) ? { time } : {}),
      };
    case "search":
      return { view: "search", query: parameters.get("q") ?? "", directory: parameters.get("dir") ?? "", since: parameters.get("since") ?? "" };
    case "usage":
      return { view: "usage", by: REPORTS.find(([by]) => by === parameters.get("by"))?.[0] ?? "daily" };
  }
  return {
    view: "list",
    text: parameters.get("q") ?? "",
    project: parameters.get("project") ?? "",
    state: parameters.get("state") ?? "",
  };
}

/** Return the hash for what the page shows. */
export function hashOf(route: Route): string {
  switch (route.view) {
    case "session":
    case "recording":
      return withQuery(`#/${route.view}s/${encodeURIComponent(route.id)}`, {
        at: route.at === null ? "" : String(Math.round(route.at * 10) / 10),
        time: route.time ?? "",
      });
    case "search":
      return withQuery("#/search", { q: route.query, dir: route.directory, since: route.since });
    case "usage":
      return withQuery("#/usage", { by: route.by === "daily" ? "" : route.by });
    case "list":
      return withQuery("#/", { q: route.text, project: route.project, state: route.state });
  }
}

export const ALL: Route = { view: "list", text: "", project: "", state: "" };

function withQuery(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)).toString();
  return query ? `${path}?${query}` : path;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
