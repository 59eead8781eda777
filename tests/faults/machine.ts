// A simulated machine for whole runs of qupods inside this process: time that only passes when nobody has anything to do,
// chance that comes from a seed, and death at any point. The program under test sees it through the globals it uses anyway
// (timers, Date, performance, Math.random, crypto.randomUUID); the cluster takes `clock`, which outlives the program.

import { setImmediate } from "node:timers";
import type { Clock } from "../../lib/clock.ts";

/** What every call of a dead program throws. */
export class Killed extends Error {
  override name = "Killed";
}

/** How a program's life on the machine ended. */
export type LifeEnd<T> =
  | { readonly kind: "ended"; readonly value: T }
  | { readonly kind: "threw"; readonly error: unknown }
  | { readonly kind: "killed" }
  /** Nothing was left that could wake it, or it lived longer than any run may. */
  | { readonly kind: "stuck"; readonly why: string };

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
  /** Of the program: dies with it. */
  readonly isMortal: boolean;
}

export interface Machine extends Disposable {
  /** The world's clock: what sleeps on it survives the program. */
  readonly clock: Clock;
  /** The next number from the seed, 0 to 1. */
  draw(): number;
  /** True between a kill and the next life. */
  readonly isDead: boolean;
  /** Sets the clock on the wall; nobody else's clock, and no interval, is touched. */
  jump(milliseconds: number): void;
  /** Ends the program here and now; what it does from here on has no effect. */
  kill(): never;
  /** Called when the program dies or ends: gives back what the kernel would. */
  onDeath(listener: () => void): void;
  /** Runs a program to its end or death; `limitSeconds` of simulated time at most. */
  live<T>(program: () => Promise<T>, limitSeconds: number): Promise<LifeEnd<T>>;
}

const EPOCH = Date.parse("2026-01-01T00:00:00Z");

/** A sequence of numbers from a seed (mulberry32). */
export function makeDraw(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Lets all microtasks pass, and what a stream or an operation of the runtime may have begun. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Puts the machine in place of the real one until disposed. One at a time. */
export function startMachine(seed: number): Machine {
  const draw = makeDraw(seed);
  const sleepers = new Map<number, Sleeper>();
  const listeners: (() => void)[] = [];
  let now = 0;
  let order = 0;
  let isDead = false;
  let wall = EPOCH;

  const add = (milliseconds: number, wake: () => void, isMortal: boolean): number => {
    const at = now + Math.max(0, milliseconds);
    sleepers.set(++order, { at, order, wake, isMortal });
    return order;
  };
  const clock: Clock = {
    now: () => EPOCH + now,
    monotonic: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          sleepers.delete(id);
          reject(signal?.reason);
        };
        const id = add(milliseconds, () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        }, false);
        signal?.addEventListener("abort", stop, { once: true });
      }),
  };

  const next = (): Sleeper | null => {
    let first: Sleeper | null = null;
    for (const sleeper of sleepers.values()) {
      if (first === null || sleeper.at < first.at) first = sleeper;
    }
    return first;
  };

  const die = () => {
    for (const [id, { isMortal }] of sleepers) if (isMortal) sleepers.delete(id);
    for (const listener of listeners) listener();
  };

  const restore = installGlobals({
    now: () => now,
    wall: () => wall + now,
    draw,
    sleep: (milliseconds, wake) => add(milliseconds, wake, true),
    wake: (id) => sleepers.delete(id),
  });

  return {
    clock,
    draw,
    get isDead() {
      return isDead;
    },
    jump(milliseconds) {
      wall += milliseconds;
    },
    kill() {
      isDead = true;
      throw new Killed();
    },
    onDeath: (listener) => void listeners.push(listener),
    async live<T>(program: () => Promise<T>, limitSeconds: number): Promise<LifeEnd<T>> {
      isDead = false;
      const limit = now + limitSeconds * 1000;
      let end: LifeEnd<T> | null = null;
      program().then(
        (value) => end ??= { kind: "ended", value },
        (error: unknown) => end ??= { kind: "threw", error },
      );
      for (;;) {
        await settle();
        if (isDead) end = { kind: "killed" };
        if (end !== null) break;
        const sleeper = next();
        if (sleeper === null || sleeper.at > limit) {
          end = { kind: "stuck", why: sleeper === null ? "nothing will ever wake it" : `${limitSeconds} s` };
          break;
        }
        sleepers.delete(sleeper.order);
        now = Math.max(now, sleeper.at);
        sleeper.wake();
      }
      isDead = true;
      die();
      await settle();
      return end;
    },
    [Symbol.dispose]: restore,
  };
}

interface Hooks {
  now(): number;
  wall(): number;
  draw(): number;
  sleep(milliseconds: number, wake: () => void): number;
  wake(id: number): void;
}

/** Replaces what the program takes from the machine; returns the way back. */
function installGlobals(hooks: Hooks): () => void {
  const undo: (() => void)[] = [];
  const replace = (object: object, key: string, value: unknown) => {
    const old = Object.getOwnPropertyDescriptor(object, key);
    Object.defineProperty(object, key, { value, configurable: true, writable: true });
    undo.push(() => {
      if (old) Object.defineProperty(object, key, old);
      else Reflect.deleteProperty(object, key);
    });
  };
  replace(
    globalThis,
    "setTimeout",
    (wake: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) =>
      hooks.sleep(milliseconds, () => wake(...args)),
  );
  replace(globalThis, "clearTimeout", (id?: number) => hooks.wake(id ?? 0));
  replace(Date, "now", () => hooks.wall());
  replace(performance, "now", () => hooks.now());
  replace(Math, "random", hooks.draw);
  replace(crypto, "randomUUID", () => {
    const digits = Array.from({ length: 32 }, () => Math.floor(hooks.draw() * 16).toString(16)).join("");
    return digits.replace(/^(.{8})(.{4}).(.{3})(.{4})(.{12})$/, "$1-$2-4$3-$4-$5");
  });
  replace(AbortSignal, "timeout", (milliseconds: number) => {
    const over = new AbortController();
    hooks.sleep(milliseconds, () => over.abort(new DOMException("time-out", "TimeoutError")));
    return over.signal;
  });
  // a dead program's promises fall where they stand
  const ignore = (event: PromiseRejectionEvent) => {
    if (event.reason instanceof Killed) event.preventDefault();
  };
  globalThis.addEventListener("unhandledrejection", ignore);
  undo.push(() => globalThis.removeEventListener("unhandledrejection", ignore));
  return () => {
    for (const step of undo.reverse()) step();
  };
}
