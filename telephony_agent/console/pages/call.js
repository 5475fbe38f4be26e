// One call from this browser: the microphone and the loudspeaker, the stream, and what is told of it meanwhile.

import { Ear } from "./ear.js";
import { Stream } from "./stream.js";

const AGAIN = 3; // streams that may break before the call is given up
const HERE = new URL(".", location.href); // .../console/

/** What went wrong, in words for the page. */
export class Trouble extends Error {}

export class Call {
  /** `told`: functions state, caption, levels, latency, silent and trouble. */
  constructor(told) {
    this.told = told;
    this.ear = new Ear();
    this.figures = { sent: 0, received: 0, marks: 0, clears: 0, latencies: [], silences: [] };
    this.broken = 0;
    this.over = false;
  }

  async place(from, to) {
    try {
      this.told.state("connecting", "Asking for the microphone …");
      await this.openSound();
      this.told.state("connecting", "Ringing …");
      const call = await ask("phone/call", new URLSearchParams({ From: from, To: to }));
      this.sid = call.callSid;
      await this.watch();
      this.connect(call);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.fail(error.message);
    }
  }

  press(digit) {
    this.stream?.press(digit);
  }

  mute(muted) {
    this.line?.port.postMessage({ kind: "mute", muted });
  }

  hangUp() {
    if (this.over) return;
    this.stream?.stop();
    this.end("You hung up.");
  }

  // Sound.

  async openSound() {
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.microphone = await microphone();
    if (this.over) return this.closeSound(); // hung up while the browser asked
    await this.context.audioWorklet.addModule(new URL("files/line.js", HERE));
    await this.context.resume();
    this.line = new AudioWorkletNode(this.context, "line", {
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.line.port.onmessage = ({ data }) => this.sounded(data);
    this.context.createMediaStreamSource(this.microphone).connect(this.line).connect(this.context.destination);
    this.microphone.getAudioTracks()[0].onended = () => this.told.trouble("The microphone is gone: you are not heard.");
  }

  sounded(message) {
    if (this.over) return;
    if (message.kind === "mark") {
      this.stream?.mark(message.name);
      return;
    }
    this.stream?.speak(message.frame);
    this.figures.sent += this.stream ? message.frame.length : 0;
    const { latency, silent } = this.ear.feed(message.caller, message.agent);
    if (latency !== undefined) {
      this.figures.latencies.push(latency);
      this.told.latency(latency);
    }
    if (silent !== undefined) {
      this.figures.silences.push(silent);
      this.told.silent(silent);
    }
    this.told.levels(message.caller, message.agent);
  }

  closeSound() {
    this.line?.port.postMessage({ kind: "over" });
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.context?.close();
  }

  // The stream.

  connect(call) {
    if (this.over) return;
    const tell = (message) => this.line.port.postMessage(message);
    this.opened = false;
    this.stream = new Stream(socketURL("../twilio/stream"), call, {
      opened: () => {
        this.opened = true;
        if (!this.over) this.told.state("talking", "On the line.");
      },
      play: (ulaw) => {
        this.figures.received += ulaw.length;
        tell({ kind: "play", ulaw });
      },
      mark: (name) => {
        this.figures.marks += 1;
        tell({ kind: "mark", name });
      },
      clear: () => {
        this.figures.clears += 1;
        tell({ kind: "clear" });
      },
      closed: (stream, code, reason) => this.closed(stream, code, reason),
    });
  }

  /** The service has closed the stream: as Twilio, ask what now. */
  async closed(stream, code, reason) {
    if (this.over || stream !== this.stream) return;
    this.stream = null;
    if (!this.opened) return this.fail("The stream was refused. Is the service still up, and are you still let in?");
    this.line.port.postMessage({ kind: "clear" });
    if (code === 1008) return this.fail(`The stream was closed (1008 ${reason}): its token was not good.`);
    if (++this.broken > AGAIN) return this.fail(`The stream broke ${this.broken} times, last with ${code}.`);
    try {
      const call = await ask(`phone/call/${this.sid}/next`);
      if (call.token) this.connect(call);
      else this.end("The agent hung up.");
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.fail(error.message);
    }
  }

  // Captions.

  /** Opens the captions; a call without them is a call all the same. */
  watch() {
    return new Promise((resolve) => {
      const socket = new WebSocket(socketURL(`calls/${this.sid}/events`));
      let opened = false;
      socket.onopen = () => {
        opened = true;
        resolve();
      };
      socket.onmessage = ({ data }) => this.told.caption(JSON.parse(data));
      socket.onclose = () => {
        if (!opened) this.told.trouble("There are no captions: their connection was refused.");
        resolve();
      };
      this.captions = socket;
    });
  }

  // The end.

  fail(why) {
    this.told.trouble(why);
    this.end("The call did not work out.");
  }

  end(why) {
    if (this.over) return;
    this.over = true;
    this.closeSound();
    setTimeout(() => this.captions?.close(), 2000); // the last captions come after the end
    this.told.state("over", why);
  }
}

async function microphone() {
  if (!navigator.mediaDevices) {
    throw new Trouble("This browser gives a microphone to https pages only, or on 127.0.0.1.");
  }
  try {
    const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    const words = {
      NotAllowedError: "The microphone was not allowed. Allow it for this page, in the browser's address bar.",
      NotFoundError: "There is no microphone on this machine.",
      NotReadableError: "The microphone is in use by another program.",
    };
    throw new Trouble(words[error.name] ?? `There is no microphone to be had: ${error.message}`);
  }
}

async function ask(path, body) {
  let response;
  try {
    response = await fetch(new URL(path, HERE), { method: "POST", body });
  } catch {
    throw new Trouble("The service does not answer.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Trouble(answer.error ?? `The service answered with ${response.status}.`);
  return answer;
}

function socketURL(path) {
  const url = new URL(path, HERE);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}
