import { ApiError, address, refusal } from "./api";
import { Backoff } from "./backoff";
import type { BlockContent, BlockData } from "./types";

export type EndReason = "file_deleted" | "unwatched";

/** Milliseconds after which a stream that nobody can see is let go: browsers have few connections for one server. */
export const UNSEEN_MS = 30_000;

/**
 * The blocks of one session as they appear, change and go.
 *
 * The browser's own way of connecting again is not used: it waits for a fixed time, and gives up on some answers. Nor does it tell what
 * the server answered: that is asked for once more, and who is refused does not go on asking. While nobody can see the page there is no
 * connection; afterwards it goes on where it was.
 */
export class BlockStream {
  /** In their order. The same array as long as nothing changes. */
  blocks: BlockData[] = [];
  isConnected = false;
  ended: EndReason | null = null;
  /** Whether the first blocks have come. */
  ready = false;
  /** Why there are none: the server refuses (then nothing more is tried), or cannot be reached (status 0). */
  error: ApiError | null = null;

  #places = new Map<string, number>();
  #lastId = "";
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unseen: ReturnType<typeof setTimeout> | undefined;
  #telling = false;
  #heard = false;
  readonly #leaving = () => this.#pause();
  readonly #seen = () => {
    clearTimeout(this.#unseen);
    if (document.hidden) this.#unseen = setTimeout(() => this.#pause(), UNSEEN_MS);
    else this.#resume();
  };

  constructor(
    private readonly session: string,
    private readonly onChange: () => void,
    private readonly backoff = new Backoff(),
  ) {
    document.addEventListener("visibilitychange", this.#seen);
    window.addEventListener("pageshow", this.#seen);
    window.addEventListener("pagehide", this.#leaving);
    this.#connect();
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#seen);
    window.removeEventListener("pageshow", this.#seen);
    window.removeEventListener("pagehide", this.#leaving);
    clearTimeout(this.#unseen);
    this.#pause();
  }

  /** Try at once, whatever has been tried before. */
  reconnect(): void {
    if (this.ended || document.hidden) return;
    this.#pause();
    this.backoff.reset();
    this.error = null;
    this.#connect();
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.isConnected = false;
  }

  #resume(): void {
    if (this.#source || this.ended || this.#refused) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  get #refused(): boolean {
    return this.error !== null && this.error.status >= 400 && this.error.status < 500;
  }

  #connect(): void {
    const url = address(`sessions/${encodeURIComponent(this.session)}/events`, { last_event_id: this.#lastId });
    const source = new EventSource(url);
    this.#source = source;
    this.#heard = false;
    source.onopen = () => {
      this.isConnected = this.ready = this.#heard = true;
      this.error = null;
      this.backoff.reset();
      this.#tell();
    };
    source.onerror = () => {
      source.close();
      if (source !== this.#source || this.ended) return;
      this.isConnected = false;
      if (this.#heard) this.#again();
      else void this.#ask(url, source);
      this.#tell();
    };
    this.#on(source, "add_block", (block: BlockData) => this.#add(block));
    this.#on(source, "update_block", (change: { block_id: string; content: BlockContent }) => this.#update(change));
    this.#on(source, "clear_all", () => this.#clear());
    this.#on(source, "session_ended", ({ reason }: { reason: EndReason }) => {
      this.ended = reason;
      this.isConnected = false;
      this.close();
    });
  }

  #again(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), this.backoff.next());
  }

  /** Learn why a connection could not be made. */
  async #ask(url: string, source: EventSource): Promise<void> {
    const error = await refusal(url);
    if (source !== this.#source || this.ended) return;
    this.error = error;
    if (!this.#refused) this.#again();
    this.#tell();
  }

  #on<T>(source: EventSource, name: string, handle: (data: T) => void): void {
    source.addEventListener(name, (event) => {
      if (source !== this.#source) return;
      const message = event as MessageEvent<string>;
      this.#heard = true;
      this.#lastId = message.lastEventId;
      handle(JSON.parse(message.data) as T);
      this.#tell();
    });
  }

  #add(block: BlockData): void {
    const place = this.#places.get(block.block_id);
    if (place === undefined) {
      this.#places.set(block.block_id, this.blocks.length);
      this.blocks.push(block);
    } else {
      this.blocks[place] = block;
    }
  }

  #update(change: { block_id: string; content: BlockContent }): void {
    const place = this.#places.get(change.block_id);
    const block = place === undefined ? undefined : this.blocks[place];
    if (block && place !== undefined) this.blocks[place] = { ...block, content: change.content };
  }

  #clear(): void {
    this.blocks = [];
    this.#places.clear();
  }

  /** Thousands of messages that come together are told once. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() =>
      setTimeout(() => {
        this.#telling = false;
        this.blocks = [...this.blocks];
        this.onChange();
      }, 16),
    );
  }
}
