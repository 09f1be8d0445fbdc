import "asciinema-player/dist/bundle/asciinema-player.css";
import type { Marker, Options, Player, Source } from "asciinema-player";
import { useEffect, useRef, useState } from "preact/hooks";
import { address, getJson, socketAddress } from "../api";

export interface TerminalProps {
  recording: string;
  live: boolean;
  /** Seconds; null where it is not known. */
  duration: number | null;
  /** Where to begin, in seconds. */
  at: number | null;
  /** Told the position a few times a second; never when it is live. */
  onTime: (position: number) => void;
  player: { current: Player | null };
}

interface Markers {
  markers: { time: number; label: string }[];
}

const GLANCE_MS = 250;
/** Seconds from the start after which there surely is something on the screen: what is shown before it plays. */
const DRAWN_S = 3;

/** The terminal of a recording: as it is now, or replayed. */
export function Terminal({ recording, live, duration, at, onTime, player }: TerminalProps) {
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
      const poster = at ?? Math.min(DRAWN_S, duration ?? 0);
      const options: Options = { fit: "both", terminalFontSize: "13px", logger: silent, controls: live ? false : true, markers };
      const source = live
        ? ({ driver: "websocket", url: socketAddress(`${path}/live`) } as unknown as Source)
        : { url: address(`${path}/export/asciicast-v2`, { input: 0 }), fetchOpts: { credentials: "same-origin" as const } };
      const made = create(source, place.current, {
        ...options,
        ...(live ? { autoPlay: true } : { preload: true, poster: `npt:${poster}` }),
      });
      player.current = made;
      if (!live && at !== null) void made.seek(at); // so that its clock and bar are there, too
      let begun = at !== null;
      const glance = setInterval(() => {
        if (live) return;
        const time = made.getCurrentTime();
        begun ||= time !== poster; // which it says that it is at until it plays
        onTime(begun ? time : 0);
      }, GLANCE_MS);
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
