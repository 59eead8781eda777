// Colours, or none. Whoever opens the screen decides (a terminal, and no NO_COLOR); the renderers only say what stands out.

/** Puts a colour round text that is safe already. */
export interface Paint {
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
  dim(text: string): string;
}

const same = (text: string) => text;
const sgr = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`;

/** No colours. */
export const plain: Paint = { red: same, yellow: same, green: same, dim: same };

/** The terminal's own 16 colours, so that its theme decides. */
export function paintFor(hasColor: boolean): Paint {
  return hasColor ? { red: sgr(31), yellow: sgr(33), green: sgr(32), dim: sgr(2) } : plain;
}
