// Tabs, menus, keys and spoken messages.

import { get } from "./dom.js";

let fading;

/** Tell a screen reader, and with `shown` everyone. */
export function say(text, shown = false) {
  get("live").textContent = text;
  if (!shown) return;
  const toast = get("toast");
  toast.textContent = text;
  toast.classList.add("on");
  clearTimeout(fading);
  fading = setTimeout(() => toast.classList.remove("on"), 2500);
}

/** Make the tabs work by mouse and by arrow keys; `opened` is told of each that opens. */
export function setUpTabs(opened) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const open = (tab) => {
    for (const other of tabs) {
      other.setAttribute("aria-selected", String(other === tab));
      other.setAttribute("tabindex", other === tab ? "0" : "-1");
      get(other.getAttribute("aria-controls")).hidden = other !== tab;
    }
    opened(tab.id.replace("tab-", ""));
  };
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = tabs[(i + step + tabs.length) % tabs.length];
      next.focus();
      open(next);
    });
  });
}

/** Close a menu at a click elsewhere, at Escape, and after a choice. */
export function setUpMenus() {
  const menus = [...document.querySelectorAll("details.menu")];
  document.addEventListener("click", (event) => {
    for (const menu of menus) {
      const inside = menu.contains(event.target);
      const chose = inside && event.target.closest(".items button, .items a");
      if (menu.open && (!inside || chose)) menu.open = false;
    }
  });
  for (const menu of menus) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  get("term-close").addEventListener("click", () => get("term").close());
}

/** Ctrl+Z and Ctrl+Shift+Z step through the questions, outside of fields that are being typed in. */
export function listenToKeys(questions) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=text]") && event.target.value;
    if (typing || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    questions.move(key === "y" || event.shiftKey ? 1 : -1);
  });
}
