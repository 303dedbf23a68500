"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const language = () => (byId("vi").checked ? "vi" : "en");

  // "Hy Cương" is found by "hy cuong" too.
  const plain = (text) =>
    text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d");

  const open = (element) => {
    for (let at = element; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  };

  const follow = () => {
    const target = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    open(target);
    target.scrollIntoView();
  };

  const speak = () => {
    document.documentElement.lang = language();
    for (const option of document.querySelectorAll("option[data-vi]")) option.textContent = option.dataset[language()];
  };

  const filter = document.querySelector(".filter");
  const units = [...document.querySelectorAll("#units .unit")];
  const texts = new WeakMap();
  const text = (element) => {
    if (!texts.has(element)) texts.set(element, plain(element.textContent));
    return texts.get(element);
  };

  const show = (element, yes) => { element.hidden = !yes; return yes; };

  const apply = () => {
    const find = plain(byId("find").value.trim());
    const status = byId("by-status").value;
    const severity = byId("by-severity").value;
    const unitId = byId("by-unit").value;
    const narrow = Boolean(find || status || severity);
    let hits = 0;
    for (const unit of units) {
      let machines = 0;
      if (!unitId || unit.id === unitId) {
        const unitNamed = find && text(unit.querySelector(":scope > summary .name") || unit).includes(find);
        for (const machine of unit.querySelectorAll(".machine")) {
          const named = unitNamed || (find && text(machine.querySelector("summary")).includes(find));
          let findings = 0;
          for (const block of machine.querySelectorAll(".st")) {
            let here = 0;
            for (const finding of block.querySelectorAll(".f")) {
              const fits = (!status || (status === "accepted" ? "w" in finding.dataset : block.classList.contains(status))) && (!severity || finding.dataset.v === severity)
                && (!find || named || text(finding).includes(find));
              if (show(finding, fits)) here += 1;
            }
            show(block, here > 0 || !narrow);
            if (status && here && block.tagName === "DETAILS") block.open = true;
            findings += here;
          }
          if (show(machine, findings > 0 || !narrow || (named && !status && !severity))) machines += 1;
          hits += findings;
        }
        for (const group of unit.querySelectorAll(".group")) show(group, group.querySelector(".machine:not([hidden])"));
      }
      show(unit, machines > 0 || (!narrow && (!unitId || unit.id === unitId)));
      if (unitId && unit.id === unitId) open(unit);
    }
    byId("hits").textContent = narrow || unitId ? `${hits}` : "";
  };

  let waiting;
  filter.hidden = false;
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 150); });
  for (const id of ["vi", "en"]) byId(id).addEventListener("change", speak);
  addEventListener("hashchange", follow);
  // On paper nobody can open anything: failures are opened, and closed again afterwards.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.unit, details.machine")].filter((part) => !part.open && part.querySelector(".st.fail, .st.unreachable, .st.not-evaluated"));
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of opened) part.open = false; });
  speak();
  follow();
})();
