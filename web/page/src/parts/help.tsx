import { useEffect, useRef } from "preact/hooks";

const KEYS: [keys: string, what: string][] = [
  ["/", "search everything"],
  ["j  k", "next, previous session or block"],
  ["Enter", "open it; in a session: seek the terminal to it, or link to it"],
  ["Home  End", "the first and the last; in a session: follow what is new"],
  ["[  ]", "session: previous, next prompt"],
  ["Esc", "leave the field"],
  ["u", "back to all sessions"],
  ["w", "list: only those that wait for you"],
  ["f", "session: follow what is new"],
  ["Space", "terminal: pause and go on (when it has the focus)"],
  ["t", "colours: as the system, light, dark"],
  ["?", "these keys"],
];

export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="keys">
      <h2 id="keys">Keys</h2>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button>Close</button>
      </form>
    </dialog>
  );
}
