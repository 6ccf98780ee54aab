(() => {
  const pair = document.querySelector(".pair.two");
  const handle = document.querySelector(".handle");
  if (!pair || !handle) return;
  const show = () => pair.style.setProperty("--shown", handle.value / 100);
  pair.classList.add("sliding");
  handle.hidden = false;
  document.querySelector(".slide").hidden = false;
  handle.addEventListener("input", show);
  show();
})();

// Counts what is left of each time to mind something, by the clock of whoever reads.
(() => {
  const care = document.querySelector(".care");
  if (!care) return;
  const words = care.dataset;
  const many = (unit, count) => words[`${unit}${count === 1 ? "One" : "Other"}`].replace("#", count);
  const midnight = (when) => new Date(when.getFullYear(), when.getMonth(), when.getDate());
  const daysLeft = (ends) => Math.round((midnight(new Date(`${ends}T00:00`)) - midnight(new Date())) / 86400000);
  const tellDays = (days) => (days < 0 ? words.over : days === 0 ? words.today : many("days", days));
  const tellHours = (hours) => {
    if (hours <= 0) return words.over;
    if (hours < 1) return words.soon;
    return hours <= 48 ? many("hours", Math.ceil(hours)) : many("days", Math.ceil(hours / 24));
  };
  // Hours of a treatment whose time nobody wrote down are not counted; one day they are over all the same.
  const close = () => care.querySelectorAll("[data-over]").forEach((each) => {
    each.textContent = words.over;
    each.classList.add("over");
    each.hidden = new Date(each.dataset.over) > Date.now();
  });
  const count = () => care.querySelectorAll("[data-ends]").forEach((each) => {
    const ends = each.dataset.ends;
    each.textContent = ends.includes("T") ? tellHours((new Date(ends) - Date.now()) / 3600000) : tellDays(daysLeft(ends));
    each.classList.toggle("over", each.textContent === words.over);
    each.hidden = false;
  });
  const tell = () => {
    count();
    close();
  };
  tell();
  setInterval(tell, 30000);
})();
