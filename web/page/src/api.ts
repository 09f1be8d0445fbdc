// Asking the server. Addresses are relative to the page, which may stand below a path of its own.

/** What the server answered instead of what was asked for. `status` is 0 where it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  /** Whether the browser has to log in first. */
  get unauthorized(): boolean {
    return this.status === 401;
  }
}

/** Return an address of the server, with those parameters that have a value. */
export function address(path: string, parameters: Record<string, string | number | null | undefined> = {}): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return query ? `${path}?${query}` : path;
}

/** Return the address of a WebSocket beside the page. */
export function socketAddress(path: string, page: string = document.baseURI): string {
  const url = new URL(path, page);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  return url.href;
}

/** Return the JSON at an address. Throws ApiError, or whatever an abort throws. */
export async function getJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { Accept: "application/json" }, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The server cannot be reached.");
  }
  if (!response.ok) throw new ApiError(response.status, await complaint(response));
  return (await response.json()) as T;
}

/** Return why there is nothing at an address; null where there is. What it answers with is not read. */
export async function refusal(url: string): Promise<ApiError | null> {
  const abort = new AbortController();
  try {
    const response = await fetch(url, { signal: abort.signal });
    return response.ok ? null : new ApiError(response.status, await complaint(response));
  } catch {
    return new ApiError(0, "The server cannot be reached.");
  } finally {
    abort.abort();
  }
}

async function complaint(response: Response): Promise<string> {
  try {
    const said = (await response.json()) as { error?: { message?: unknown } };
    if (typeof said.error?.message === "string") return said.error.message;
  } catch {
    // it is no JSON: the status has to do
  }
  return `The server answered ${response.status} ${response.statusText}`.trim() + ".";
}
