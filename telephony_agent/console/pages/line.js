// The line, in the audio thread: the microphone goes out as 20 ms of mu-law, what comes in is played as Twilio plays it.
// In order, 8000 bytes a second; a mark comes back when all before it has been played; `clear` throws away what waits
// and sends every mark back.

import { FRAME, PHONE_RATE, Resampler, decode, encode, level } from "./sound.js";

const BITE = 8; // samples of the queue that are taken at once: 1 ms

class Line extends AudioWorkletProcessor {
  constructor() {
    super();
    this.toPhone = new Resampler(sampleRate, PHONE_RATE);
    this.toEar = new Resampler(PHONE_RATE, sampleRate);
    this.muted = false;
    this.over = false;
    this.spoken = []; // samples of the caller, less than a frame
    this.played = []; // samples of the agent, the same
    this.agent = -100; // dBFS of its last frame
    this.queue = []; // pieces of mu-law
    this.offset = 0; // into the first of them
    this.queued = 0; // bytes in all
    this.marks = []; // {name, left}: bytes still to be played before it
    this.ready = []; // samples for the loudspeaker
    this.port.onmessage = ({ data }) => this.told(data);
  }

  told(message) {
    switch (message.kind) {
      case "play":
        this.queue.push(message.ulaw);
        this.queued += message.ulaw.length;
        break;
      case "mark":
        this.marks.push({ name: message.name, left: this.queued });
        this.echo();
        break;
      case "clear":
        this.queue = [];
        this.offset = this.queued = 0;
        for (const mark of this.marks) mark.left = 0;
        this.echo();
        break;
      case "mute":
        this.muted = message.muted;
        break;
      case "over":
        this.over = true;
    }
  }

  process([input], [output]) {
    const length = output[0].length;
    const heard = this.muted || !input.length ? new Float32Array(length) : input[0];
    this.speak(this.toPhone.push(heard));
    while (this.ready.length < length) {
      const bite = this.take();
      this.note(bite);
      for (const sample of this.toEar.push(bite)) this.ready.push(sample);
    }
    const samples = this.ready.splice(0, length);
    for (const channel of output) channel.set(samples);
    return !this.over;
  }

  speak(samples) {
    for (const sample of samples) {
      this.spoken.push(sample);
      if (this.spoken.length < FRAME) continue;
      const frame = Uint8Array.from(this.spoken, encode);
      this.port.postMessage({ kind: "frame", frame, caller: level(this.spoken), agent: this.agent, queued: this.queued });
      this.spoken = [];
    }
  }

  /** The next millisecond of the agent; silence where there is none. */
  take() {
    const bite = new Float32Array(BITE);
    const count = Math.min(BITE, this.queued);
    for (let at = 0; at < count; at++) {
      bite[at] = decode(this.queue[0][this.offset]);
      if (++this.offset === this.queue[0].length) {
        this.queue.shift();
        this.offset = 0;
      }
    }
    this.queued -= count;
    for (const mark of this.marks) mark.left -= count;
    this.echo();
    return bite;
  }

  echo() {
    while (this.marks.length && this.marks[0].left <= 0) {
      this.port.postMessage({ kind: "mark", name: this.marks.shift().name });
    }
  }

  note(bite) {
    this.played.push(...bite);
    if (this.played.length < FRAME) return;
    this.agent = level(this.played);
    this.played = [];
  }
}

registerProcessor("line", Line);
