// Times and numbers as people read them.

const STEPS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** Return how long ago something was, in words; both times in milliseconds. */
export function ago(time: number, now: number, locale: string | undefined = undefined): string {
  if (!Number.isFinite(time)) return "";
  const seconds = (time - now) / 1000;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return words.format(0, "second");
}

/** Return a position in a recording as h:mm:ss or m:ss; `seconds` may have a fraction. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** Return a position as `clock` does, with the tenth of a second. */
export function exactClock(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  return `${clock(tenths / 10)}.${tenths % 10}`;
}

/** Return a day, in the person's own zone and language; nothing where it is none. */
export function day(time: number | string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleDateString(undefined, { dateStyle: "full" });
}

/** Return for each time its day, where that is another one than that of the time before; the first day always. */
export function changesOfDay(times: readonly (string | null)[]): string[] {
  let last = "";
  return times.map((time) => {
    const its = time ? day(time) : "";
    if (!its || its === last) return "";
    last = its;
    return its;
  });
}

/** Return the time of a day. */
export function timeOfDay(time: number | string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString();
}

/** Return a date and a time, in the person's own zone and language. */
export function moment(time: number | string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Return how long a turn took. */
export function lasted(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return seconds >= 60 ? `${Math.floor(seconds / 60)}m ${seconds % 60}s` : `${seconds}s`;
}

const COMPACT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat();

/** Return a large number in a few characters. */
export const few = (value: number): string => COMPACT.format(value);
export const whole = (value: number): string => WHOLE.format(value);

/** Return US dollars; a sum that is not known is a question mark, never nothing. */
export function dollars(value: number | null, atLeast = false): string {
  if (value === null) return "?";
  return `${atLeast ? "≥ " : ""}$${value.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}
