import { connection, stream } from "../store";

/** Whether the page is live: green while messages arrive as things happen, orange while the list is polled. */
export function Badge() {
  const { live, polling, error } = connection.value;
  const [kind, text] = live ? ["live", "Live"] : polling ? ["polling", "Polling"] : ["lost", error ? "Reconnecting…" : "Connecting…"];
  return (
    <span class={`badge ${kind}`} title={error?.message ?? ""}>
      <span class="dot" aria-hidden="true" />
      <span role="status">{text}</span>
      {!live && (error || polling) && (
        <button type="button" class="link" onClick={() => stream.reconnect()}>
          Reconnect
        </button>
      )}
    </span>
  );
}
