// Signing out clears what the browser keeps of this address: photographs that still wait to be sent, too. So it asks.

import { Shelf } from "./capture_queue.js";

const form = document.querySelector('form[action="/sign-out"]');

form.addEventListener("submit", async event => {
  event.preventDefault();
  const left = await waiting();
  const said = left === 1 ? "1 photograph was not sent yet. Signing out takes it off this device." : `${left} photographs were not sent yet. Signing out takes them off this device.`;
  if (left === 0 || confirm(`${said} Sign out all the same?`)) form.submit();
});

// Of every course, not of the one at hand.
async function waiting() {
  const shelf = await Shelf.open();
  try {
    return (await shelf.all()).length;
  } catch {
    return 0; // a store that can't be read keeps nothing that could be sent
  }
}
