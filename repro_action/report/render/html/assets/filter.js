"use strict";
for (const box of document.querySelectorAll(".filter")) {
  const list = document.getElementById(box.dataset.of);
  const entries = Array.from(list.querySelectorAll(".artifact"));
  const input = box.querySelector("input");
  const count = box.querySelector("output");
  box.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of entries) {
      const name = entry.querySelector("code").textContent.toLowerCase();
      entry.hidden = !words.every((word) => name.includes(word));
      shown += entry.hidden ? 0 : 1;
    }
    count.textContent = words.length ? shown + " of " + entries.length : "";
  });
}
