import { defineConfig } from "vitest/config";

// Every address is relative: the page may stand below a path of its own, behind a proxy. Nothing is put into the HTML as
// a script or a style, which the server's Content-Security-Policy refuses. The licences of what is packed go with it.
export default defineConfig({
  test: { include: ["test/**/*.test.{ts,tsx}"] },
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 700, license: { fileName: "licenses.md" } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
