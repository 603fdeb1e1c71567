/** A sound and spoken words when somebody's mask is missing or wrong; both are off until asked for. */
import type { TrackEvent } from '@masklens';

// One alert in this time, milliseconds: several people are one occasion.
const REST_MS = 4000;

export class Alert {
  sound = false;
  speech = false;
  private last = Number.NEGATIVE_INFINITY;
  private audio: AudioContext | null = null;

  /** `words`: what is said, in the page's language. */
  hear({ kind, to }: TrackEvent, words: { incorrect: string; unmasked: string }): void {
    if (kind === 'leave' || to === 'correct') return;
    const now = performance.now();
    if (now - this.last < REST_MS || !(this.sound || this.speech)) return;
    this.last = now;
    if (this.sound) this.beep();
    if (this.speech) this.say(words[to]);
  }

  private beep(): void {
    this.audio ??= new AudioContext();
    const tone = this.audio.createOscillator();
    const volume = this.audio.createGain();
    const now = this.audio.currentTime;
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.15, now);
    volume.gain.exponentialRampToValueAtTime(0.001, now + 0.4);
    tone.connect(volume).connect(this.audio.destination);
    tone.start(now);
    tone.stop(now + 0.4);
  }

  private say(words: string): void {
    if (!('speechSynthesis' in globalThis)) return;
    const utterance = new SpeechSynthesisUtterance(words);
    utterance.lang = document.documentElement.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(utterance);
  }

  close(): void {
    void this.audio?.close();
    this.audio = null;
    if ('speechSynthesis' in globalThis) speechSynthesis.cancel();
  }
}
