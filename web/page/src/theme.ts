export type Theme = "auto" | "light" | "dark";

const KEY = "claude-sessions.theme";
const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };

/** Return what the person chose last; what the system says where nothing is chosen, or nothing can be kept. */
export function theme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "auto";
  } catch {
    return "auto";
  }
}

export function applyTheme(chosen: Theme): void {
  if (chosen === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}

/** Take the next one of auto, light, dark; keep it; return it. */
export function nextTheme(): Theme {
  const chosen = NEXT[theme()];
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // it holds until the page is closed
  }
  applyTheme(chosen);
  return chosen;
}
