// What is said where qupods itself is wrong: that it is not the user's doing, what is safe, and where it happened.

import { printable } from "./escape.ts";

/**
 * Says it in lines for a terminal.
 *
 * @param error whatever was thrown
 * @param version of qupods
 */
export function defectText(error: unknown, version: string): string {
  const where = error instanceof Error ? error.stack ?? `${error.name}: ${error.message}` : String(error);
  return `qupods: This is a defect of qupods ${version}, not of what you typed. Logs that are home are safe, ` +
    `and the same command goes on from there.\nPlease report it, with these lines:\n${printable(where)}\n`;
}
