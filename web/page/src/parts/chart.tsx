import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";

export interface ChartProps {
  title: string;
  /** Seconds since the epoch, rising. */
  times: number[];
  values: number[];
  format: (value: number) => string;
}

const HEIGHT = 180;

/** Return the ends of the axis of time: half a bar beside the first and the last one. */
export function beside(times: readonly number[], min: number, max: number): [number, number] {
  let gap = Number.POSITIVE_INFINITY;
  for (let place = 1; place < times.length; place += 1) gap = Math.min(gap, (times[place] as number) - (times[place - 1] as number));
  return Number.isFinite(gap) ? [min - gap / 2, max + gap / 2] : [min, max];
}

/** Bars over time. Its numbers stand in the table below it, for those who cannot see it. */
export function Chart({ title, times, values, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let chart: uPlot | undefined;
    let gone = false;
    const element = place.current;
    const resized = new ResizeObserver(() => element && chart?.setSize({ width: element.clientWidth, height: HEIGHT }));
    void import("uplot").then(({ default: UPlot }) => {
      if (gone || !element) return;
      const colours = getComputedStyle(element);
      const ink = colours.getPropertyValue("--muted");
      const axis = { stroke: ink, grid: { stroke: colours.getPropertyValue("--line") }, ticks: { show: false } };
      chart = new UPlot(
        {
          width: element.clientWidth,
          height: HEIGHT,
          legend: { show: false },
          cursor: { y: false, points: { show: false } },
          axes: [axis, { ...axis, size: 64, values: (_, splits) => splits.map(format) }],
          scales: { x: { range: (_, min, max) => beside(times, min, max) }, y: { range: (_, __, max) => [0, max * 1.05 || 1] } },
          series: [
            {},
            {
              label: title,
              fill: colours.getPropertyValue("--accent"),
              width: 0,
              paths: UPlot.paths.bars?.({ size: [0.7, 40, 2] }) ?? null,
            },
          ],
        } as uPlot.Options,
        [times, values],
        element,
      );
      resized.observe(element);
    });
    return () => {
      gone = true;
      resized.disconnect();
      chart?.destroy();
    };
  }, [times, values]);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}
