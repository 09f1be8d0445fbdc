import { lasted, moment } from "../times";
import type { BlockContent, BlockData } from "../types";
import { Markdown } from "./markdown";

export interface BlockProps {
  block: BlockData;
  /** The terminal shows the time of this block. */
  current: boolean;
  /** The person is at it with the keyboard. */
  chosen: boolean;
  /** Seek the terminal to it; missing where there is no terminal. */
  onSeek?: (() => void) | undefined;
}

/** One thing that was said or done. */
export function BlockRow({ block, current, chosen, onSeek }: BlockProps) {
  const names = ["block", block.type, current && "current", chosen && "chosen"].filter(Boolean).join(" ");
  return (
    <article class={names} aria-current={current ? "time" : undefined}>
      <Content content={block.content} />
      {block.timestamp && (
        <footer>
          {onSeek ? (
            <button type="button" class="link" onClick={onSeek} title="Show the terminal at this moment">
              <time dateTime={block.timestamp}>{timeOf(block.timestamp)}</time>
            </button>
          ) : (
            <time dateTime={block.timestamp} title={moment(block.timestamp)}>
              {timeOf(block.timestamp)}
            </time>
          )}
        </footer>
      )}
    </article>
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

function timeOf(timestamp: string): string {
  const time = new Date(timestamp);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString();
}
