import { lasted, moment, timeOfDay } from "../times";
import type { BlockContent, BlockData } from "../types";
import { Markdown } from "./markdown";

export interface BlockProps {
  block: BlockData;
  /** The terminal shows the time of this block. */
  current: boolean;
  /** The person is at it with the keyboard. */
  chosen: boolean;
  /** A link leads to it. */
  target: boolean;
  /** The day on which it was said, where that is another one than before it. */
  day: string;
  /** The address of the moment, and what a click on its time does. */
  href: string;
  onTime: () => void;
  /** Whether that moves the terminal. */
  seeks: boolean;
}

/** One thing that was said or done. */
export function BlockRow({ block, current, chosen, target, day, href, onTime, seeks }: BlockProps) {
  const names = ["block", block.type, current && "current", chosen && "chosen", target && "target"].filter(Boolean).join(" ");
  return (
    <>
      {day && <h2 class="day">{day}</h2>}
      <article data-row tabIndex={-1} class={names} aria-current={target ? "location" : current ? "time" : undefined}>
        <Content content={block.content} />
        {block.timestamp && (
          <footer>
            <a
              href={href}
              tabIndex={chosen ? 0 : -1}
              title={`${moment(block.timestamp)}: ${seeks ? "show the terminal at this moment" : "link to this place"}`}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                onTime();
              }}
            >
              <time dateTime={block.timestamp}>{timeOfDay(block.timestamp)}</time>
            </a>
          </footer>
        )}
      </article>
    </>
  );
}

function Content({ content }: { content: BlockContent }) {
  switch (content.type) {
    case "user":
      return (
        <>
          <span class="who">You</span>
          <p class="said">{content.text}</p>
        </>
      );
    case "assistant":
      return <Markdown text={content.text} />;
    case "tool_call":
      return (
        <>
          <p class="tool">
            <span class={`mark ${content.is_error ? "failed" : content.result === null ? "running" : "done"}`} aria-hidden="true" />
            <strong>{content.tool_name}</strong> <span class="label">{content.label}</span>
          </p>
          {(content.result ?? content.progress_text) && (
            <pre class={content.is_error ? "result failed" : "result"}>{content.result ?? content.progress_text}</pre>
          )}
        </>
      );
    case "question":
      return (
        <dl class="questions">
          {content.questions.map((question, number) => (
            <div key={number}>
              <dt>{question.question}</dt>
              <dd>{content.answers?.[question.question] ?? question.options.map(({ label }) => label).join(" · ")}</dd>
            </div>
          ))}
        </dl>
      );
    case "thinking":
      return <p class="aside">{content.text || "Thinking…"}</p>;
    case "duration":
      return <p class="aside">{`Took ${lasted(content.duration_ms)}`}</p>;
    case "system":
      return <pre class="result">{content.text}</pre>;
  }
}
