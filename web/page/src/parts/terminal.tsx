import "asciinema-player/dist/bundle/asciinema-player.css";
import type { Marker, Options, Player, Source } from "asciinema-player";
import { useEffect, useRef, useState } from "preact/hooks";
import { address, getJson, socketAddress } from "../api";

export interface TerminalProps {
  recording: string;
  live: boolean;
  /** Where to begin, in seconds. */
  at: number | null;
  /** Told the position a few times a second while it plays; null when it is live. */
  onTime: (position: number | null) => void;
  player: { current: Player | null };
}

interface Markers {
  markers: { time: number; label: string }[];
}

const GLANCE_MS = 250;

/** The terminal of a recording: as it is now, or replayed. */
export function Terminal({ recording, live, at, onTime, player }: TerminalProps) {
  const place = useRef<HTMLDivElement>(null);
  const [error, setError] = useState("");
  const path = `api/recordings/${encodeURIComponent(recording)}`;

  useEffect(() => {
    let gone = false;
    let dispose = () => {};
    const show = async () => {
      const [{ create }, markers] = await Promise.all([
        import("asciinema-player"),
        live ? [] : getJson<Markers>(`${path}/markers`).then(asMarkers, () => []),
      ]);
      if (gone || !place.current) return;
      const options: Options = { fit: "both", terminalFontSize: "13px", logger: silent, controls: live ? false : true, markers };
      const source = live
        ? ({ driver: "websocket", url: socketAddress(`${path}/live`) } as unknown as Source)
        : { url: address(`${path}/export/asciicast-v2`, { input: 0 }), fetchOpts: { credentials: "same-origin" as const } };
      const made = create(source, place.current, {
        ...options,
        ...(live ? { autoPlay: true } : { preload: true, startAt: at ?? 0, poster: `npt:${at ?? 0}` }),
      });
      player.current = made;
      const glance = setInterval(() => onTime(live ? null : made.getCurrentTime()), GLANCE_MS);
      dispose = () => {
        clearInterval(glance);
        player.current = null;
        made.dispose();
      };
    };
    show().catch((reason: unknown) => setError(reason instanceof Error ? reason.message : String(reason)));
    return () => {
      gone = true;
      dispose();
    };
  }, [recording, live]); // eslint-disable-line -- `at` is where it begins; later moves are seeks

  return (
    <section class="terminal" aria-label={live ? "Terminal, live" : "Terminal, recorded"}>
      {error && <p class="notice">{error}</p>}
      <div ref={place} class="screen" />
    </section>
  );
}

const asMarkers = ({ markers }: Markers): Marker[] => markers.map(({ time, label }) => [time, label]);
const nothing = () => {};
const silent = { log: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
