// Sound as a telephone has it: mu-law (G.711), 8000 samples a second; and the way there and back, from any rate.

export const PHONE_RATE = 8000; // Hz
export const FRAME = 160; // samples: 20 ms

const BAND = 3700; // Hz, the middle of the filter's slope: down from 3400, gone at 4000, where folding begins
const REACH = 24; // samples of the lower rate that the filter looks to either side: 3 ms
const SHAPE = 6; // of the Kaiser window: -60 dB beyond the slope

const BIAS = 132; // of mu-law's segments
const CLIP = 32635; // the loudest sample it can say

/** A sample from -1 to 1, as a byte of mu-law. */
export function encode(sample) {
  const pcm = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
  const sign = pcm < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(pcm), CLIP) + BIAS;
  const segment = Math.max(0, 31 - Math.clz32(magnitude) - 7);
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

/** A byte of mu-law, as a sample from -1 to 1. */
export function decode(byte) {
  const code = ~byte & 0xff;
  const segment = (code >> 4) & 7;
  const magnitude = ((((code & 0x0f) << 3) + BIAS) << segment) - BIAS;
  return (code & 0x80 ? -magnitude : magnitude) / 32768;
}

/** RMS of samples in dBFS; -100 for silence. */
export function level(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.max(-100, 10 * Math.log10(sum / samples.length + 1e-10));
}

/** Changes the rate of a stream of samples, piece by piece, through a low-pass filter for the lower of the two. */
export class Resampler {
  constructor(from, to) {
    const common = divisor(from, to);
    this.up = to / common; // phases of the filter
    this.down = from / common;
    this.phases = phases(from, to, this.up);
    this.taps = this.phases[0].length;
    this.past = new Float32Array(this.taps - 1); // what the filter still looks back at
    this.next = 0; // where the next sample is, in units of 1 / up of a sample of ours, from the end of `past`
  }

  /** More samples in, those that are due out. */
  push(samples) {
    const all = new Float32Array(this.past.length + samples.length);
    all.set(this.past);
    all.set(samples, this.past.length);
    const out = [];
    const end = samples.length * this.up;
    for (; this.next < end; this.next += this.down) {
      const phase = this.phases[this.next % this.up];
      const first = Math.floor(this.next / this.up);
      let sum = 0;
      for (let tap = 0; tap < this.taps; tap++) sum += all[first + tap] * phase[tap];
      out.push(sum);
    }
    this.next -= end;
    this.past = all.slice(samples.length);
    return out;
  }
}

function phases(from, to, count) {
  const lower = Math.min(from, to);
  const cut = Math.min(BAND, (0.4625 * lower)) / from; // cycles a sample
  const reach = Math.ceil((REACH * from) / lower);
  const list = [];
  for (let phase = 0; phase < count; phase++) {
    const taps = new Float32Array(2 * reach);
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap++) {
      const at = tap - reach + 1 - phase / count; // samples from where the output is
      const x = 2 * Math.PI * cut * at;
      taps[tap] = (x === 0 ? 1 : Math.sin(x) / x) * kaiser(at / reach);
      sum += taps[tap];
    }
    list.push(taps.map((tap) => tap / sum)); // as loud as before
  }
  return list;
}

function kaiser(at) {
  return Math.abs(at) < 1 ? bessel(SHAPE * Math.sqrt(1 - at * at)) / bessel(SHAPE) : 0;
}

function bessel(x) {
  let sum = 1;
  for (let term = 1, k = 1; term > 1e-9 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function divisor(a, b) {
  return b ? divisor(b, a % b) : a;
}
