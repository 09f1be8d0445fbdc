import { SharedList, type FromPage, type ListSource } from "./shared-list";

// The worker's file lies in `assets`, beside which the server's paths begin.
const list = new SharedList(() => new EventSource(new URL("../api/claude-sessions/stream", location.href)) as ListSource);

addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) port.onmessage = ({ data }: MessageEvent<FromPage>) => list.ask(port, data);
});
