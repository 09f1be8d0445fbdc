import { Virtualizer, elementScroll, observeElementOffset, observeElementRect, type VirtualItem } from "@tanstack/virtual-core";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";

/** What a windowed list can be asked for from outside. */
export interface Scroller {
  show(index: number): void;
  /** Give a row the focus, as soon as it is drawn: what bears `data-row` in it. */
  focus(index: number): void;
  /** The number of the first row that is seen. */
  first(): number;
  place(): Place;
}

/** Where a list was scrolled to, with the heights of its rows. */
export interface Place {
  offset: number;
  measured: VirtualItem[];
}

/** Return the number of the row that has the focus; -1 where none has. */
export function focusedRow(): number {
  return Number(document.activeElement?.closest<HTMLElement>(".windowed [data-index]")?.dataset["index"] ?? -1);
}

export interface WindowedProps {
  count: number;
  keyOf: (index: number) => string;
  row: (index: number) => ComponentChildren;
  /** Pixels of a row that was not drawn yet. */
  estimate: number;
  label: string;
  /** Stay at the end as rows are added, as long as the person is there. */
  follow?: boolean;
  onFollow?: (follow: boolean) => void;
  scroller?: { current: Scroller | null };
  /** Where to begin. */
  begin?: Place | null;
}

const NEAR_END = 60;
/** Frames in which a row that was scrolled to is drawn, or never. */
const PATIENCE = 30;

/** A long list of which only what can be seen is in the document. Rows may have any height, and change it. */
export function Windowed({ count, keyOf, row, estimate, label, follow = false, onFollow, scroller, begin = null }: WindowedProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((number: number) => number + 1, 0);
  const virtualizer = useRef<Virtualizer<HTMLDivElement, HTMLLIElement>>(null);
  const moved = useRef(0);
  const wanted = useRef(-1);
  const options = {
    count,
    getItemKey: keyOf,
    estimateSize: () => estimate,
    overscan: 8,
    initialOffset: begin?.offset ?? 0,
    initialMeasurementsCache: begin?.measured ?? [],
    getScrollElement: () => frame.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
  };
  virtualizer.current ??= new Virtualizer<HTMLDivElement, HTMLLIElement>(options);
  const list = virtualizer.current;
  list.setOptions(options);
  useLayoutEffect(() => list._didMount(), [list]);
  useLayoutEffect(() => list._willUpdate());
  useLayoutEffect(() => {
    if (begin && frame.current) frame.current.scrollTop = begin.offset;
  }, []);
  const giveFocus = (index: number, frames: number) => {
    if (wanted.current !== index) return;
    const row = frame.current?.querySelector<HTMLElement>(`[data-index="${index}"] [data-row]`);
    if (row) row.focus({ preventScroll: true });
    else if (frames) requestAnimationFrame(() => giveFocus(index, frames - 1));
  };
  if (scroller) {
    scroller.current = {
      show: (index) => list.scrollToIndex(index, { align: index ? "center" : "start" }),
      focus: (index) => giveFocus((wanted.current = index), PATIENCE),
      first: () => list.getVirtualItemForOffset(list.scrollOffset ?? 0)?.index ?? 0,
      place: () => ({ offset: list.scrollOffset ?? 0, measured: list.takeSnapshot() }),
    };
  }

  useEffect(() => {
    if (follow && count) list.scrollToIndex(count - 1, { align: "end" });
  }, [follow, count, list, list.getTotalSize()]);

  return (
    <div
      ref={frame}
      class="windowed"
      tabIndex={0}
      role="region"
      aria-label={label}
      onWheel={() => (moved.current = Date.now())}
      onTouchMove={() => (moved.current = Date.now())}
      onKeyDown={() => (moved.current = Date.now())}
      onPointerDown={() => (moved.current = Date.now())}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
        if (Date.now() - moved.current < 1000 && atEnd !== follow) onFollow?.(atEnd); // the person moved it, not we
      }}
    >
      <ol style={{ height: `${list.getTotalSize()}px` }}>
        {list.getVirtualItems().map((item) => (
          <li
            key={item.key}
            ref={(element: HTMLLIElement | null) => list.measureElement(element)}
            data-index={item.index}
            aria-setsize={count}
            aria-posinset={item.index + 1}
            style={{ transform: `translateY(${item.start}px)` }}
          >
            {row(item.index)}
          </li>
        ))}
      </ol>
    </div>
  );
}
