"use strict";
{
  const recording = document.getElementById("recording").textContent;
  const place = document.getElementById("player");
  const settings = JSON.parse(document.getElementById("settings").textContent);
  AsciinemaPlayer.create({ data: recording }, place, {
    ...settings,
    fit: "both", preload: true, controls: true, cursorMode: "steady",
    terminalFontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace",
  });
}
