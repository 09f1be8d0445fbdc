import { lexer, type Token, type Tokens } from "marked";
import type { ComponentChildren, VNode } from "preact";
import { useMemo } from "preact/hooks";

/** Longest text that is taken apart as Markdown, in characters: what is longer is shown as it is. */
const LONGEST = 200_000;

/** Markdown as elements whose texts are text: HTML in it is shown, never interpreted, and nothing is fetched. */
export function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => (text.length > LONGEST ? null : lexer(text)), [text]);
  return <div class="markdown">{tokens ? blocks(tokens) : <pre>{text}</pre>}</div>;
}

const blocks = (tokens: Token[]): ComponentChildren => tokens.map((token, number) => <Piece key={number} token={token} />);
const inner = (token: { tokens?: Token[] | undefined; text: string }): ComponentChildren =>
  token.tokens ? blocks(token.tokens) : unescaped(token.text);

function Piece({ token: any }: { token: Token }): VNode | null {
  const token = any as Tokens.Generic;
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "paragraph":
      return <p>{inner(token as Tokens.Paragraph)}</p>;
    case "heading":
      return <p class={`heading h${(token as Tokens.Heading).depth}`}>{inner(token as Tokens.Heading)}</p>;
    case "code":
      return (
        <pre>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "blockquote":
      return <blockquote>{inner(token as Tokens.Blockquote)}</blockquote>;
    case "list": {
      const { ordered, start, items } = token as Tokens.List;
      const rows = items.map((item, number) => (
        <li key={number}>
          {item.task && <input type="checkbox" disabled checked={item.checked ?? false} />}
          {blocks(item.tokens)}
        </li>
      ));
      return ordered ? <ol start={Number(start) || 1}>{rows}</ol> : <ul>{rows}</ul>;
    }
    case "table":
      return <Table token={token as Tokens.Table} />;
    case "hr":
      return <hr />;
    case "strong":
      return <strong>{inner(token as Tokens.Strong)}</strong>;
    case "em":
      return <em>{inner(token as Tokens.Em)}</em>;
    case "del":
      return <del>{inner(token as Tokens.Del)}</del>;
    case "codespan":
      return <code>{unescaped((token as Tokens.Codespan).text)}</code>;
    case "br":
      return <br />;
    case "link":
      return <Link token={token as Tokens.Link} />;
    case "image": {
      const { text, href } = token as Tokens.Image;
      return <span>{`[${text || "image"}: ${href}]`}</span>;
    }
    case "text":
    case "escape":
      return <>{inner(token as Tokens.Text)}</>;
    default: // html, and whatever comes
      return <>{token.raw}</>;
  }
}

function Table({ token }: { token: Tokens.Table }) {
  return (
    <table>
      <thead>
        <tr>
          {token.header.map((cell, number) => (
            <th key={number}>{blocks(cell.tokens)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {token.rows.map((row, number) => (
          <tr key={number}>
            {row.map((cell, place) => (
              <td key={place}>{blocks(cell.tokens)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A link goes to the web and nowhere else, and shows where it goes. */
function Link({ token }: { token: Tokens.Link }) {
  if (!/^https?:\/\//i.test(token.href)) return <>{inner(token)}</>;
  return (
    <a href={token.href} target="_blank" rel="noreferrer noopener" title={token.href}>
      {inner(token)}
    </a>
  );
}

const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

/** The lexer escapes some texts for HTML, which this is not. */
function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}
