// Parts of the program that are loaded once they are wanted. What they need of npm is downloaded then, at the first start: that
// this cannot be had is the network's doing, no defect.

import { UsageError } from "./errors.ts";

/** The module. @throws {UsageError} where it cannot be loaded */
export async function load<Module>(loading: Promise<Module>): Promise<Module> {
  try {
    return await loading;
  } catch (error) {
    const [why = ""] = (error instanceof Error ? error.message : String(error)).split(/\n(?! *\d+: )/);
    throw new UsageError(
      `Cannot load all of qupods: ${why}\n` +
        "At its first start it downloads what it needs: see to the network (behind a proxy HTTPS_PROXY, with an authority " +
        "of one's own DENO_CERT), and type the same again",
    );
  }
}
