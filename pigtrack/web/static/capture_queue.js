// Photographs on their way: kept in the browser until the server says that each is on its disk, sent again until then.

const FOLDER = "pigtrack-capture";
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15000, 30000];
const STALLED_MS = 60000;

function asked(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

// The browser's own store; where it has none (a private window), the page's memory, and the page says so.
export class Shelf {
  static async open() {
    const shelf = new Shelf();
    shelf.memory = new Map();
    try {
      const request = indexedDB.open(FOLDER, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("shots", { keyPath: "id" });
      shelf.database = await asked(request);
    } catch {
      shelf.database = null;
    }
    return shelf;
  }

  get lasting() { return this.database !== null; }

  store(mode) { return this.database.transaction("shots", mode, { durability: "strict" }).objectStore("shots"); }

  async put(shot) {
    if (!this.lasting) { this.memory.set(shot.id, shot); return; }
    const store = this.store("readwrite");
    store.put(shot);
    await new Promise((done, failed) => {
      store.transaction.oncomplete = done;
      store.transaction.onabort = () => failed(store.transaction.error);
    });
  }

  async all() { return this.lasting ? asked(this.store("readonly").getAll()) : [...this.memory.values()]; }

  async drop(id) {
    if (this.lasting) await asked(this.store("readwrite").delete(id));
    this.memory.delete(id);
  }
}

// Sends one file; the browser tells how far it is. Resolves with status and answer, rejects when the line is broken.
function send(shot, token, onProgress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ course: shot.course, name: shot.name });
    request.open("PUT", `/api/uploads/${shot.id}?${query}`);
    request.setRequestHeader("X-Form-Token", token);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [key, value] of Object.entries(shot.capture)) request.setRequestHeader(`X-Capture-${key}`, value);
    let stalled = setTimeout(() => request.abort(), STALLED_MS);
    request.upload.onprogress = event => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALLED_MS);
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      clearTimeout(stalled);
      let told = {};
      try { told = JSON.parse(request.responseText); } catch { /* an answer of something in between */ }
      done({ status: request.status, told });
    };
    request.onerror = request.onabort = () => { clearTimeout(stalled); failed(new Error("broken")); };
    request.send(shot.blob);
  });
}

const isFinal = status => status >= 400 && status < 500 && ![401, 403, 408, 425, 429].includes(status);

export class Queue {
  // on: {progress(shot, share), waiting(shot, why), sent(shot, told), refused(shot, problem)}
  constructor(course, token, on) {
    Object.assign(this, { course, token, on, tries: 0, running: false, timer: null });
    addEventListener("online", () => this.go());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.go(); });
  }

  async open() {
    this.shelf = await Shelf.open();
    return this.mine();
  }

  get lasting() { return this.shelf.lasting; }

  async mine() {
    const all = (await this.shelf.all()).filter(shot => shot.course === this.course);
    return all.sort((a, b) => a.at - b.at);
  }

  async add(blob, name, capture) {
    const shot = { id: newId(), course: this.course, blob, name, capture, at: Date.now() };
    try {
      await this.shelf.put(shot);
    } catch {
      this.shelf.memory.set(shot.id, shot); // the browser's store is full: the page holds it
      this.shelf.database = null;
    }
    return shot;
  }

  go() {
    clearTimeout(this.timer);
    this.timer = null;
    if (!this.running) this.run();
  }

  async run() {
    this.running = true;
    try {
      for (let shot = (await this.mine())[0]; shot; shot = (await this.mine())[0]) {
        if (!(await this.one(shot))) { this.later(); break; }
        this.tries = 0;
      }
    } finally {
      this.running = false;
    }
  }

  later() {
    const pause = PAUSES_MS[Math.min(this.tries++, PAUSES_MS.length - 1)];
    this.timer = setTimeout(() => this.go(), pause);
  }

  // Returns whether the photograph needs no further care.
  async one(shot) {
    let answer;
    try {
      answer = await send(shot, this.token, share => this.on.progress(shot, share));
    } catch {
      this.on.waiting(shot, "No connection. The photograph is safe on this device and is sent as soon as there is one.");
      return false;
    }
    const { status, told } = answer;
    if (status === 200 || status === 201) {
      await this.shelf.drop(shot.id);
      this.on.sent(shot, told);
      return true;
    }
    if (isFinal(status)) {
      await this.shelf.drop(shot.id);
      this.on.refused(shot, told);
      return true;
    }
    const signedOut = status === 401 || status === 403;
    const busy = told && told.title ? `${told.title} ${told.detail || ""}` : "The server is busy.";
    this.on.waiting(shot, signedOut ? "You are signed out. Sign in again on this device: the photograph is sent then." : `${busy} The photograph is safe on this device, and sent again in a moment.`);
    return false;
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // without TLS there is no randomUUID
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map(each => each.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
